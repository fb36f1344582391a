"""Quota as the upstream tells it, as windows of quota groups.

Pure. A reading is advice: it lags behind, and an error is the truth. Source: upstream.md 4.5, 8.
"""

from datetime import UTC, datetime
from typing import Final

from app.upstreams.antigravity.control_wire import Offer, OfferedModel, QuotaBucket, QuotaGroup, QuotaSummary
from app.upstreams.base import Window

GEMINI: Final = "gemini"
OTHERS: Final = "3p"
"""All that is not Google's own drains one group."""

_GROUPS: Final = (GEMINI, OTHERS)
_GOOGLE: Final = "API_PROVIDER_GOOGLE_GEMINI"
_SPANS: Final = {"5h": "5h", "weekly": "weekly", "five hour limit": "5h", "weekly limit": "weekly"}


def windows_of_summary(summary: QuotaSummary) -> tuple[Window, ...]:
    """Every window of the groups that are known; unknown buckets are passed over."""
    found = (
        _window(group, bucket)
        for group in summary.all_groups
        for bucket in group.buckets or ()
        if not bucket.disabled
    )
    return tuple(window for window in found if window is not None)


def windows_of_offer(offer: Offer) -> tuple[Window, ...]:
    """The short window of each group, read off the model list where there is no summary.

    A model without quota tells nothing; one with quota but without a fraction is exhausted.
    """
    by_group: dict[str, list[Window]] = {}
    for model in (offer.models or {}).values():
        window = _window_of_model(model)
        if window is not None:
            by_group.setdefault(window.group, []).append(window)
    return tuple(min(windows, key=_room) for windows in by_group.values())


def read_time(text: str | None) -> float | None:
    """An RFC 3339 time in epoch seconds, None for anything else."""
    if not text:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (at if at.tzinfo is not None else at.replace(tzinfo=UTC)).timestamp()


def _window(group: QuotaGroup, bucket: QuotaBucket) -> Window | None:
    name = bucket.bucket_id or _name_by_words(group, bucket)
    owner = next((each for each in _GROUPS if name is not None and name.startswith(f"{each}-")), None)
    if name is None or owner is None:
        return None
    left, resets_at = _fraction(bucket.remaining_fraction), read_time(bucket.reset_time)
    return Window(owner, name, left, resets_at, source="summary")


def _name_by_words(group: QuotaGroup, bucket: QuotaBucket) -> str | None:
    words = (group.display_name or "").lower()
    owner = GEMINI if "gemini" in words else OTHERS if "claude" in words or "gpt" in words else None
    named = (_SPANS.get((said or "").lower()) for said in (bucket.window, bucket.display_name))
    span = next((each for each in named if each is not None), None)
    return f"{owner}-{span}" if owner and span else None


def _window_of_model(model: OfferedModel) -> Window | None:
    quota = model.quota_info
    if quota is None:
        return None
    group = GEMINI if model.api_provider in (None, _GOOGLE) else OTHERS
    left, resets_at = _fraction(quota.remaining_fraction), read_time(quota.reset_time)
    return Window(group, f"{group}-5h", left, resets_at, source="models")


def _fraction(said: float | None) -> float:
    """Left out means zero; anything outside of 0..1 is brought back into it."""
    return min(max(said or 0.0, 0.0), 1.0)


def _room(window: Window) -> float:
    return 1.0 if window.left is None else window.left
