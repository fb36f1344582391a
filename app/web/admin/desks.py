"""Every desk of the admin part, made once from a gateway and its door. The API and the pages share them."""

from app.admin.api.accounts import Accounts
from app.admin.api.addons import AddonDesk
from app.admin.api.batches import BatchDesk
from app.admin.api.jobs import RefreshDesk
from app.admin.api.keys import KeyDesk
from app.admin.api.models import ModelDesk
from app.admin.api.oauth import SignInDesk
from app.admin.api.playground import PlaygroundDesk
from app.admin.api.requests import RequestDesk
from app.admin.api.sessions import SessionDesk
from app.admin.api.settings import SettingsDesk
from app.admin.api.system import SystemDesk
from app.admin.api.transfer import TransferDesk
from app.admin.api.usage import UsageDesk
from app.admin.auth import Door
from app.gateway.parts import Gateway


class Desks:
    """What an administrator can ask for, by subject."""

    def __init__(self, gateway: Gateway, door: Door) -> None:
        self.accounts = Accounts(gateway)
        self.sign_ins = SignInDesk(gateway, self.accounts)
        self.refreshes = RefreshDesk(gateway, self.accounts)
        self.batches = BatchDesk(gateway, self.accounts, self.refreshes)
        self.transfer = TransferDesk(gateway, self.batches)
        self.addons = AddonDesk(gateway)
        self.keys = KeyDesk(gateway)
        self.requests = RequestDesk(gateway)
        self.usage = UsageDesk(gateway)
        self.settings = SettingsDesk(gateway)
        self.models = ModelDesk(gateway, self.settings, self.addons)
        self.sessions = SessionDesk(gateway, door)
        self.system = SystemDesk(gateway, self.addons)
        self.playground = PlaygroundDesk(gateway)
