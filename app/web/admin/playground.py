"""Requests that an administrator makes: choices, sending, recorded ones."""

from collections.abc import AsyncIterator

from quart import Blueprint, Response, g
from quart.wrappers.response import ResponseBody
from quart_schema import validate_request, validate_response

from app.admin.api.playground import Answer, PlaygroundDesk
from app.admin.schemas.playground import PlaygroundBody, PlaygroundChoices, RecordedRequest
from app.web.admin.documents import answers_in_dialect
from app.web.admin.guard import actor


def add_playground(api: Blueprint, desk: PlaygroundDesk) -> None:
    @api.get("/playground")
    @validate_response(PlaygroundChoices)
    async def playground_choices() -> PlaygroundChoices:
        """Tell what a request may be made of."""
        return desk.choices()

    @api.post("/playground")
    @answers_in_dialect
    @validate_request(PlaygroundBody)
    async def playground_send(data: PlaygroundBody) -> Response:
        """Send a request as a client would; answers in the dialect, streamed if the body says so."""
        return streamed(await desk.begin(data, g.peer.address, actor()))

    @api.get("/playground/recordings/<flow>")
    @validate_response(RecordedRequest)
    async def playground_recorded(flow: str) -> RecordedRequest:
        """Show a recorded request, to be sent again."""
        return await desk.recorded(flow)


def streamed(answer: Answer) -> Response:
    """The answer's own bytes under its own status, ended with the connection."""
    headers = {**answer.headers, "cache-control": "no-store", "x-accel-buffering": "no"}
    headers.pop("content-length", None)
    return Response(AnswerBody(answer), answer.status, headers)


class AnswerBody(ResponseBody):
    """The body of a reply that ends its request when nobody listens any more."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer

    async def __aenter__(self) -> "AnswerBody":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._answer.aclose()

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._answer.parts()
