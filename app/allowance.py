"""What one client key may use. Pure values; what spends and refuses is elsewhere."""

from msgspec import Struct


class Allowance(Struct, frozen=True, kw_only=True):
    """Limits of one key, None where there is none. Tokens are prompt and answer together; days are UTC."""

    daily_tokens: int | None = None
    monthly_tokens: int | None = None
    requests_per_minute: int | None = None
    tokens_per_minute: int | None = None

    @property
    def counts_tokens(self) -> bool:
        """Whether any limit is one of tokens."""
        return any(
            most is not None for most in (self.daily_tokens, self.monthly_tokens, self.tokens_per_minute)
        )


UNLIMITED = Allowance()
