"""What the request's own reader says, as the admin API says it."""

from app.admin.refusals import Refused


def unreadable(said: str) -> Refused:
    """msgspec says "Expected `str`, got `int` - at `$.email`"."""
    what, _, where = said.partition(" - at ")
    return Refused(
        400, "invalid_request", f"{what.rstrip('.')}.", where=where.strip("`").removeprefix("$.") or None
    )
