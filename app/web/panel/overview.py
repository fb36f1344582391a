"""The first page: what needs a person, how the models stand, how it went, what went wrong lately."""

from typing import Final

from quart import Blueprint, Response, request

from app.admin.schemas.accounts import AccountQuery
from app.admin.schemas.requests import RequestLine, RequestQuery
from app.admin.schemas.usage import UsageQuery
from app.web.admin.desks import Desks
from app.web.panel import ranges
from app.web.panel.charts import Chart
from app.web.panel.first_run import first_run
from app.web.panel.frame import Frame
from app.web.panel.ranges import Range
from app.web.panel.usage_charts import Charts

_SPANS: Final = ("hour", "day", "week")
_MODELS: Final = 6
_FAILURES: Final = 5
_NEEDING: Final = 8


def add_overview(pages: Blueprint, frame: Frame, desks: Desks) -> None:
    """Register `/admin/`."""

    @pages.get("/")
    async def overview() -> Response:
        span = ranges.read(request.args, frame.zone(), frame.gateway.clock.now())
        waiting = await desks.accounts.all(AccountQuery(state="needs_you", limit=_NEEDING))
        return frame.page(
            "overview/overview.html",
            "overview",
            needing=waiting.accounts,
            needing_more=waiting.matching - len(waiting.accounts),
            accounts=waiting.total,
            job=await desks.refreshes.current(),
            steps=await first_run(desks),
            models=await desks.models.busiest(_MODELS),
            spans=_SPANS,
            span=span,
            charts=await _charts(frame, desks, span),
            failures=await _failures(desks),
        )


async def _charts(frame: Frame, desks: Desks, span: Range) -> list[Chart]:
    asked = UsageQuery(by="all", since=span.since, until=span.until, grain=span.grain, limit=1)
    view = await desks.usage.view(asked)
    charts = Charts(view, frame.words(), frame.zone())
    row = view.rows[0] if view.rows else None
    times = (row.first_output_p50_ms, row.first_output_p95_ms) if row else (None, None)
    return [charts.requests(), charts.first_output(*times), charts.tokens()]


async def _failures(desks: Desks) -> list[RequestLine]:
    """The last requests of clients that were not answered, whoever is to blame."""
    failed = await desks.requests.all(RequestQuery(result="failed", origin="client", limit=_FAILURES))
    refused = await desks.requests.all(RequestQuery(result="refused", origin="client", limit=_FAILURES))
    both = [*failed.requests, *refused.requests]
    return sorted(both, key=lambda one: -one.started_at)[:_FAILURES]
