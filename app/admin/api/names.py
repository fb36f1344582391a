"""What keys and accounts are called, for lists that know only their ids."""

from collections.abc import Mapping

from app.gateway.parts import Gateway
from app.store.keyring import API_KEY_ID

API_KEY_NAME = "API_KEY"


class Names:
    """Names as they are now; what is gone has none."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    async def of_keys(self) -> Mapping[str, str]:
        """Names of keys, by id; revoked ones too."""
        found: dict[str, str] = {key.id: key.name for key in await self._gateway.store.keys.all()}
        return {**found, API_KEY_ID: API_KEY_NAME}

    def of_accounts(self) -> Mapping[str, str]:
        """Addresses of accounts, by id."""
        return {status.id: status.email for status in self._gateway.pool.snapshot()}
