"""Simulated people: their refresh tokens, projects, plans and troubles, and their access tokens."""

import hashlib
from random import Random
from typing import Literal

from msgspec import Struct, field

AccountState = Literal[
    "ok",
    "revoked",
    "malformed",
    "reauth",
    "client_mismatch",
    "validation_required",
    "tos",
    "unlicensed",
    "service_disabled",
    "location_blocked",
    "no_project",
]

_NAMES = ("anna", "ben", "carla", "david", "elena", "felix", "greta", "hugo", "ines", "jonas", "kira", "leon")
_ADJECTIVES = ("zinc", "rising", "hybrid", "amber", "quiet", "lucid", "polar", "vivid", "brisk", "mellow")
_NOUNS = ("cell", "fact", "factor", "river", "meadow", "signal", "harbor", "summit", "garden", "orbit")
_ALNUM = "abcdefghijklmnopqrstuvwxyz0123456789"
_URL_SAFE = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

_MAX_TOKENS = 50_000

TIER_NAMES = {
    "free-tier": "Antigravity",
    "standard-tier": "Antigravity",
    "g1-pro-tier": "Google AI Pro",
    "g1-ultra-tier": "Google AI Ultra",
}


class SimAccount(Struct, kw_only=True):
    """One simulated account; tests may change any member."""

    id: str
    email: str
    refresh_token: str
    project: str
    tier: str = "free-tier"
    paid_tier: str | None = None
    credits: int | None = None
    state: AccountState = "ok"
    models: list[str] | None = None
    onboard_polls_left: int = 0
    has_project: bool = True
    quota_scale: float = 1.0
    clock_skew_s: float = 0.0
    """Tokens of this account die so much earlier than they were told to."""

    def offers(self, model_id: str) -> bool:
        """Whether this account may use the model."""
        return self.models is None or model_id in self.models


class AccessToken(Struct):
    """What an access token stands for."""

    account_id: str
    expires_at: float
    scopes: frozenset[str] = frozenset()


class AuthCode(Struct):
    """An authorisation code that waits to be exchanged."""

    account_id: str
    redirect_uri: str
    expires_at: float
    challenge: str = ""
    method: str = ""
    scopes: frozenset[str] = frozenset()


class Directory(Struct):
    """All accounts, tokens and codes of one simulator."""

    accounts: list[SimAccount] = field(default_factory=list)
    tokens: dict[str, AccessToken] = field(default_factory=dict)
    codes: dict[str, AuthCode] = field(default_factory=dict)

    def by_id(self, account_id: str) -> SimAccount | None:
        """The account with this id."""
        return next((account for account in self.accounts if account.id == account_id), None)

    def by_email(self, email: str) -> SimAccount | None:
        """The account with this address."""
        return next((account for account in self.accounts if account.email == email), None)

    def by_refresh_token(self, token: str) -> SimAccount | None:
        """The account that this refresh token was issued to."""
        return next((account for account in self.accounts if account.refresh_token == token), None)

    def issue(self, account: SimAccount, rng: Random, *, expires_at: float, scopes: frozenset[str]) -> str:
        """A new access token; older ones stay valid until they expire."""
        token = "ya29.sim-" + "".join(rng.choices(_URL_SAFE, k=48))
        self.tokens[token] = AccessToken(account.id, expires_at, scopes)
        if len(self.tokens) > _MAX_TOKENS:
            del self.tokens[next(iter(self.tokens))]
        return token

    def expire_tokens(self, account_id: str | None = None) -> None:
        """Make the access tokens of one account, or of all, worthless at once."""
        for token in self.tokens.values():
            if account_id in {None, token.account_id}:
                token.expires_at = 0.0


def make_account(seed: int, number: int, **changes: object) -> SimAccount:
    """The `number`-th account of a seed, counted from 1: always the same one."""
    rng = Random(f"account {seed} {number}")  # noqa: S311 - invented people need no secrecy
    name = _NAMES[(number - 1) % len(_NAMES)]
    suffix = "" if number <= len(_NAMES) else str(number)
    tail = "".join(rng.choices(_ALNUM, k=5))
    account = SimAccount(
        id=f"acc-{number}",
        email=f"{name}{suffix}@example.com",
        refresh_token="1//0g-sim-" + "".join(rng.choices(_URL_SAFE, k=40)),
        project=f"{rng.choice(_ADJECTIVES)}-{rng.choice(_NOUNS)}-{tail}",
    )
    for member, value in changes.items():
        setattr(account, member, value)
    return account


def numeric_id(account: SimAccount) -> str:
    """The 21-digit Google id of an account."""
    digest = int.from_bytes(hashlib.sha256(account.email.encode()).digest()[:8])
    return f"108{digest % 10**18:018d}"
