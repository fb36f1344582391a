"""What was left of an account's quotas, hour by hour, as a figure. Pure.

A quota is written down when it has changed, so that between two marks it stays as it was. Before the first
mark nothing is known.
"""

from collections.abc import Sequence
from typing import Final

from app.admin.schemas.accounts import QuotaMark
from app.web.panel.charts import COLOURS, Chart, Curve, Value
from app.web.panel.formats import Zone
from app.web.panel.quota_bars import window_name
from app.web.panel.words import Words

_HOUR_S: Final = 3600
_LONGEST_H: Final = 7 * 24


def quota_chart(marks: Sequence[QuotaMark], words: Words, zone: Zone, now: float) -> Chart:
    """The last week at most, in per cent."""
    first = min((mark.at for mark in marks), default=now)
    end = int(now // _HOUR_S) * _HOUR_S
    begin = max(int(first // _HOUR_S) * _HOUR_S, end - _LONGEST_H * _HOUR_S)
    starts = list(range(begin, end + 1, _HOUR_S))
    windows = sorted({(mark.group, mark.window) for mark in marks})
    curves = [
        Curve(
            window_name(words, window),
            COLOURS[number % len(COLOURS)],
            _hourly([mark for mark in marks if (mark.group, mark.window) == (group, window)], starts),
            dashed=window.endswith("weekly"),
        )
        for number, (group, window) in enumerate(windows)
    ]
    return Chart(
        id="quota-chart",
        title=words("accounts.quota_history"),
        summary=_summary(curves, words),
        kind="line",
        starts=starts,
        labels=[zone.short(start) for start in starts],
        step_s=_HOUR_S,
        curves=curves,
        time=words("accounts.time"),
        nothing=words("accounts.quota_none"),
    )


def _hourly(marks: Sequence[QuotaMark], starts: Sequence[int]) -> list[Value]:
    values: list[Value] = []
    waiting, left = list(marks), None
    for start in starts:
        while waiting and waiting[0].at < start + _HOUR_S:
            left = waiting.pop(0).left
        values.append(None if left is None else round(left * 100, 1))
    return values


def _summary(curves: Sequence[Curve], words: Words) -> str:
    now = [f"{curve.name} {curve.values[-1]:g} %" for curve in curves if curve.values[-1] is not None]
    return words("accounts.quota_now", windows=", ".join(now)) if now else words("accounts.quota_unread")
