"""Usage: curves, tables, files, numbers."""

from quart import Blueprint, Response
from quart_schema import validate_querystring, validate_response

from app.admin.api.usage import UsageDesk
from app.admin.schemas.usage import UsageOverview, UsageQuery, UsageView
from app.web.admin.documents import answers_with_file


def add_usage(api: Blueprint, desk: UsageDesk) -> None:
    @api.get("/usage")
    @validate_querystring(UsageQuery)
    @validate_response(UsageView)
    async def show_usage(query_args: UsageQuery) -> UsageView:
        """Show usage over time and by value."""
        return await desk.view(query_args)

    @api.get("/usage/overview")
    @validate_response(UsageOverview)
    async def show_usage_overview() -> UsageOverview:
        """Show the numbers of the last hour, day and week."""
        return await desk.overview()

    @api.get("/usage.csv")
    @validate_querystring(UsageQuery)
    @answers_with_file("text/csv")
    async def download_usage(query_args: UsageQuery) -> Response:
        """Download the table as CSV."""
        return as_file(await desk.csv(query_args))


def as_file(text: str) -> Response:
    """A table as a file for a spreadsheet."""
    kept = Response(text, content_type="text/csv; charset=utf-8")
    kept.headers["content-disposition"] = 'attachment; filename="usage.csv"'
    kept.headers["cache-control"] = "no-store"
    return kept
