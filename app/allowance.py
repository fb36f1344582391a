"""What one client key may use, when, and from where. Pure values; what spends and refuses is elsewhere."""

from msgspec import Struct

from app.networks import Networks


class Allowance(Struct, frozen=True, kw_only=True):
    """Limits of one key, None where there is none. Tokens are prompt and answer together; days are UTC.

    `concurrent` is how many requests may run at once.
    """

    daily_tokens: int | None = None
    monthly_tokens: int | None = None
    requests_per_minute: int | None = None
    tokens_per_minute: int | None = None
    concurrent: int | None = None

    @property
    def counts_tokens(self) -> bool:
        """Whether any limit is one of tokens."""
        return any(
            most is not None for most in (self.daily_tokens, self.monthly_tokens, self.tokens_per_minute)
        )


UNLIMITED = Allowance()


class Terms(Struct, frozen=True, kw_only=True):
    """When and from where a key may be used. `expires_at` is in epoch seconds, None never.

    `networks` is None where it may come from everywhere.
    """

    paused: bool = False
    expires_at: float | None = None
    networks: Networks | None = None


UNBOUND = Terms()
