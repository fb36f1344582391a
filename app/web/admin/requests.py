"""Requests: listed, shown, told in words."""

from quart import Blueprint, Response
from quart_schema import validate_querystring, validate_response

from app.admin.api.requests import RequestDesk
from app.admin.schemas.requests import RequestDetail, RequestList, RequestQuery
from app.web.admin.documents import answers_with_file


def add_requests(api: Blueprint, desk: RequestDesk) -> None:
    @api.get("/requests")
    @validate_querystring(RequestQuery)
    @validate_response(RequestList)
    async def list_requests(query_args: RequestQuery) -> RequestList:
        """List requests, newest first."""
        return await desk.all(query_args)

    @api.get("/requests/<request_id>")
    @validate_response(RequestDetail)
    async def show_request(request_id: str) -> RequestDetail:
        """Show a request with its attempts."""
        return await desk.one(request_id)

    @api.get("/requests/<request_id>/text")
    @answers_with_file("text/plain")
    async def tell_request(request_id: str) -> Response:
        """Tell a request in words that name nobody."""
        told = Response(await desk.as_text(request_id), content_type="text/plain; charset=utf-8")
        told.headers["cache-control"] = "no-store"
        return told

    @api.get("/requests/<request_id>/record")
    @answers_with_file("text/plain")
    async def download_record(request_id: str) -> Response:
        """Download what was said in a request, where that was recorded."""
        return recording(request_id, await desk.record(request_id))


def recording(request_id: str, text: str) -> Response:
    """A recording as a file."""
    kept = Response(text, content_type="text/plain; charset=utf-8")
    kept.headers["content-disposition"] = f'attachment; filename="{request_id}.play"'
    kept.headers["cache-control"] = "no-store"
    return kept
