"""The model list in Anthropic's shape, and its paging.

Source: anthropic.md 19.1, 19.2. Never: which models are offered.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from msgspec import Struct

from app.catalog.profile import ModelProfile
from app.dialects.anthropic.wire import refusal

_DEFAULT_LIMIT: Final = 20
_MOST: Final = 1000


class ModelOut(Struct, frozen=True):
    """One model."""

    id: str
    display_name: str
    created_at: str
    max_input_tokens: int
    max_tokens: int | None
    type: str = "model"


class ModelPage(Struct, frozen=True):
    """A page of the list."""

    data: list[ModelOut]
    has_more: bool
    first_id: str | None
    last_id: str | None


def model_out(profile: ModelProfile) -> ModelOut:
    """One entry. A release that is not known is 1970, as an instant of RFC 3339."""
    created = datetime.fromtimestamp(profile.created, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return ModelOut(profile.id, profile.display_name, created, profile.max_input, profile.max_output)


def model_page(profiles: Sequence[ModelProfile], query: Mapping[str, str]) -> ModelPage:
    """The page that `limit`, `after_id` and `before_id` ask for, newest models first. Raises BadRequest."""
    ordered = sorted(profiles, key=lambda profile: (-profile.created, profile.id))
    limit = _limit(query.get("limit"))
    after, before = query.get("after_id"), query.get("before_id")
    if after is not None and before is not None:
        raise refusal("before_id", "after_id and before_id exclude each other")
    if before is not None:
        stop = _place(ordered, before, "before_id")
        start = max(0, stop - limit)
        page, has_more = ordered[start:stop], start > 0
    else:
        start = 0 if after is None else _place(ordered, after, "after_id") + 1
        page, has_more = ordered[start : start + limit], start + limit < len(ordered)
    ids = [profile.id for profile in page]
    return ModelPage(
        data=[model_out(profile) for profile in page],
        has_more=has_more and bool(page),
        first_id=ids[0] if ids else None,
        last_id=ids[-1] if ids else None,
    )


def _limit(value: str | None) -> int:
    if value is None:
        return _DEFAULT_LIMIT
    if not (value.isascii() and value.isdigit() and 1 <= int(value[:9]) <= _MOST):
        raise refusal("limit", f"limit is a number from 1 to {_MOST}")
    return int(value)


def _place(ordered: Sequence[ModelProfile], cursor: str, name: str) -> int:
    for place, profile in enumerate(ordered):
        if profile.id == cursor:
            return place
    raise refusal(name, f"there is no model `{cursor[:200]}` to page from")
