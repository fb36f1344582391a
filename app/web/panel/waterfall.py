"""The attempts of a request as bars on one axis, in hundredths of the whole. Pure.

What a browser draws of it is plain SVG attributes; the same numbers stand beside as text.
"""

from typing import Literal

from msgspec import Struct

from app.admin.schemas.requests import AttemptView, RequestDetail

Part = Literal["waited", "silent", "spoke", "failed"]
_LEAST = 0.6
"""A bar that is shorter could not be seen."""


class Bar(Struct, frozen=True):
    """A piece of a lane: where it begins and how wide it is, 0 to 100."""

    part: Part
    x: float
    width: float


class Lane(Struct, frozen=True, kw_only=True):
    """What happened on one account; `first` is where its first output came, None without one."""

    attempt: AttemptView
    bars: tuple[Bar, ...]
    first: float | None = None


class Waterfall(Struct, frozen=True, kw_only=True):
    """All lanes. `ticks_ms` are the marks below the axis; `queue` is the wait before the first lane."""

    whole_ms: int
    ticks_ms: tuple[int, ...]
    queue: Bar | None
    lanes: tuple[Lane, ...]


def waterfall(detail: RequestDetail) -> Waterfall:
    """The bars of a request; of one that still runs, as far as is known."""
    ends = [one.offset_ms + one.duration_ms + one.wait_ms for one in detail.attempts]
    whole = max(1, detail.request.duration_ms, detail.queue_ms or 0, *ends)
    return Waterfall(
        whole_ms=whole,
        ticks_ms=(0, whole // 2, whole),
        queue=_bar("waited", 0, detail.queue_ms, whole) if detail.queue_ms else None,
        lanes=tuple(_lane(one, detail, whole) for one in detail.attempts),
    )


def _lane(one: AttemptView, detail: RequestDetail, whole: int) -> Lane:
    begun, ended = one.offset_ms, one.offset_ms + one.duration_ms
    first = detail.request.first_output_ms
    spoke = first is not None and one is detail.attempts[-1] and begun <= first <= ended
    bars: list[Bar] = []
    if spoke and first is not None:
        bars.append(_bar("silent", begun, first - begun, whole))
        bars.append(_bar("failed" if one.code else "spoke", first, ended - first, whole))
    else:
        bars.append(_bar("failed" if one.code else "silent", begun, one.duration_ms, whole))
    if one.wait_ms:
        bars.append(_bar("waited", ended, one.wait_ms, whole))
    return Lane(
        attempt=one, bars=tuple(bars), first=_share(first, whole) if spoke and first is not None else None
    )


def _bar(part: Part, start_ms: int, length_ms: int, whole: int) -> Bar:
    width = max(_LEAST, _share(length_ms, whole))
    return Bar(part, min(_share(start_ms, whole), 100 - width), width)


def _share(ms: int, whole: int) -> float:
    return round(ms * 100 / whole, 2)
