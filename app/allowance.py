"""What one client key may use. Pure values; what spends and refuses is elsewhere."""

from msgspec import Struct


class Allowance(Struct, frozen=True, kw_only=True):
    """Limits of one key, None where there is none. Tokens are prompt and answer together; days are UTC."""

    daily_tokens: int | None = None
    monthly_tokens: int | None = None
    requests_per_minute: int | None = None
    tokens_per_minute: int | None = None

    @property
    def limits_tokens(self) -> bool:
        """Whether anything is said about tokens."""
        return (self.daily_tokens, self.monthly_tokens, self.tokens_per_minute) != (None, None, None)


UNLIMITED = Allowance()
