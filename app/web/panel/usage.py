"""Usage: one figure, the same numbers as a table and as a file."""

from collections.abc import Mapping
from typing import Final

from quart import Blueprint, Response, request

from app.admin.schemas.usage import UsageQuery
from app.store.usage_reader import Measure as StoredMeasure
from app.web.admin.desks import Desks
from app.web.admin.usage import as_file
from app.web.panel import ranges
from app.web.panel.forms import shaped
from app.web.panel.frame import Frame
from app.web.panel.ranges import SPANS, Range
from app.web.panel.usage_charts import Charts

GROUPS: Final = ("model", "account", "key", "client")
MEASURES: Final[dict[str, StoredMeasure]] = {
    "requests": "requests",
    "tokens": "prompt_tokens",
    "errors": "failures",
    "first_output": "requests",
}
"""What may be looked at, and what the largest values of it are largest in."""


def add_usage(pages: Blueprint, frame: Frame, desks: Desks) -> None:
    """Register `/admin/usage`."""

    @pages.get("/usage")
    async def usage() -> Response:
        asked = _Asked(request.args, ranges.read(request.args, frame.zone(), frame.gateway.clock.now()))
        view = await desks.usage.view(asked.query())
        charts = Charts(view, frame.words(), frame.zone())
        whole = await desks.usage.view(asked.query(by="all", limit=1))
        total = whole.rows[0] if whole.rows else None
        if asked.measure == "first_output":
            p50 = total.first_output_p50_ms if total else None
            chart = charts.first_output(p50, total.first_output_p95_ms if total else None)
        else:
            chart = charts.by_value(asked.measure)
        return frame.page(
            "usage/usage.html",
            "usage",
            asked=asked,
            spans=(*SPANS, ranges.CUSTOM),
            groups=GROUPS,
            measures=tuple(MEASURES),
            view=view,
            chart=chart,
            total=total,
        )

    @pages.get("/usage.csv")
    async def usage_file() -> Response:
        """The table as a file."""
        asked = _Asked(request.args, ranges.read(request.args, frame.zone(), frame.gateway.clock.now()))
        return as_file(await desks.usage.csv(asked.query()))


class _Asked:
    """What an address asks for."""

    def __init__(self, args: Mapping[str, str], span: Range) -> None:
        self.range = span
        group, measure = args.get("by", ""), args.get("measure", "")
        self.by = group if group in GROUPS else GROUPS[0]
        self.measure = measure if measure in MEASURES else "requests"
        cursor = args.get("cursor", "")
        self.cursor = int(cursor) if cursor.isascii() and cursor.isdigit() and len(cursor) < 7 else 0

    @property
    def address(self) -> dict[str, str]:
        """The same in an address."""
        return {**self.range.address, "by": self.by, "measure": self.measure}

    def query(self, **changed: object) -> UsageQuery:
        """The same as the desk takes it. Raises Refused."""
        asked = {
            "by": self.by,
            "since": self.range.since,
            "until": self.range.until,
            "grain": self.range.grain,
            "measure": MEASURES[self.measure],
            "cursor": self.cursor,
        }
        return shaped({**asked, **changed}, UsageQuery)
