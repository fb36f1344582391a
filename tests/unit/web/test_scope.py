"""The ASGI front: one flow per call, which never outlives it. Source: architecture 7.6, faults.md T6."""

import asyncio
import json
from typing import Any

import pytest

from app.dialects.anthropic.dialect import AnthropicDialect
from app.dialects.openai_chat.dialect import OpenAIChat
from app.flow import Flow
from app.pipeline.closer import Closer
from app.pipeline.runner import Runner
from app.web import scope as scope_module
from app.web.body import Message, Receive
from app.web.reply import Send
from app.web.routes import Routes
from app.web.scope import Front, FrontOptions
from tests.support.clock import ManualClock
from tests.support.events import counted_ids
from tests.support.flows import MemoryBooks, a_body, a_plan, write

CHAT = "/v1/chat/completions"


class World:
    """A front whose flows do what a test wants, and what it sends."""

    def __init__(self, work: Any = None, **options: Any) -> None:
        self.flows: list[Flow] = []
        self.books = MemoryBooks()
        self.passed_on: list[str] = []
        self.sent: list[Message] = []
        self.leave = asyncio.Event()
        self._work = work or answering
        self.runner = Runner(a_plan(self._do), Closer(), self.books, ManualClock(), 60.0)
        routes = Routes((AnthropicDialect(), OpenAIChat()))
        self.front = Front(
            routes, self.runner, self._rest, counted_ids(), ManualClock(), FrontOptions(**options)
        )

    async def ask(self, method: str, path: str, *headers: tuple[str, str], query: str = "") -> "World":
        """One call of the server's, with a short body."""
        scope: Message = {
            "type": "http",
            "method": method,
            "path": path,
            "query_string": query.encode(),
            "headers": [(name.encode(), value.encode()) for name, value in headers],
            "client": ("192.0.2.7", 50000),
        }
        await self.front(scope, self._receive(a_body()), self._send)
        await self.runner.ended()
        return self

    @property
    def status(self) -> int:
        return int(self.sent[0]["status"])

    @property
    def headers(self) -> dict[str, str]:
        return {name.decode(): value.decode() for name, value in self.sent[0]["headers"]}

    @property
    def body(self) -> bytes:
        return b"".join(message["body"] for message in self.sent[1:])

    async def _do(self, flow: Flow) -> None:
        self.flows.append(flow)
        await self._work(flow)

    def _receive(self, body: bytes) -> Receive:
        left: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

        async def receive() -> Message:
            if left:
                return left.pop()
            await self.leave.wait()
            return {"type": "http.disconnect"}

        return receive

    async def _send(self, message: Message) -> None:
        self.sent.append(message)

    async def _rest(self, scope: Message, receive: Receive, send: Send) -> None:
        self.passed_on.append(scope.get("path", scope["type"]))


async def answering(flow: Flow) -> None:
    flow.prompt = flow.dialect.parse(flow.endpoint, await flow.read_body(), flow.params)
    write(flow, "Hello")


async def reading_then_waiting(flow: Flow) -> None:
    await flow.read_body()
    await asyncio.Event().wait()


async def test_a_request_becomes_a_flow_and_the_flow_a_reply() -> None:
    world = await World().ask(
        "POST",
        CHAT,
        ("Content-Type", "application/json"),
        ("X-Many", "a"),
        ("x-many", "b"),
        query="beta=true&empty=",
    )

    (flow,) = world.flows
    assert (world.status, b"Hello" in world.body) == (200, True)
    assert flow.headers["x-many"] == "a, b"
    assert flow.params.query == {"beta": "true", "empty": ""}
    assert (flow.peer, flow.created, flow.marks.opened) == ("192.0.2.7", 1_800_000_000, 1000.0)
    assert world.headers["x-request-id"] == flow.id
    assert world.runner.running == 0
    assert world.books.entered == [flow]


async def test_the_id_in_a_path_is_handed_on() -> None:
    world = await World(_put).ask("GET", "/v1/models/a/b")

    assert world.flows[0].params.path_id == "a/b"


async def test_the_flow_of_a_client_that_leaves_is_cancelled() -> None:
    world = World(reading_then_waiting)
    asking = asyncio.ensure_future(world.ask("POST", CHAT))
    while not world.flows:
        await asyncio.sleep(0)

    world.leave.set()
    await asking

    assert world.flows[0].outcome == "client_closed"
    assert world.runner.running == 0


async def test_the_flow_of_a_call_that_the_server_cancels_ends_with_it() -> None:
    world = World(reading_then_waiting)
    asking = asyncio.ensure_future(world.ask("POST", CHAT))
    while not world.flows:
        await asyncio.sleep(0)

    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking

    assert world.flows[0].outcome == "client_closed"
    assert world.runner.running == 0


async def test_a_flow_that_swallows_a_cancellation_is_cancelled_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """faults.md T6."""
    monkeypatch.setattr(scope_module, "_CANCEL_EVERY_S", 0.01)
    swallowed = 0

    async def stubborn(flow: Flow) -> None:
        nonlocal swallowed
        await flow.read_body()
        for _ in range(3):
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                swallowed += 1
        await asyncio.Event().wait()

    world = World(stubborn)
    asking = asyncio.ensure_future(world.ask("POST", CHAT))
    while not world.flows:
        await asyncio.sleep(0)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking

    assert swallowed == 3
    assert world.runner.running == 0


async def test_a_path_that_nobody_serves_is_told_in_the_words_of_its_api() -> None:
    openai = await World().ask("POST", "/v1/audio/speech")
    anthropic = await World().ask("POST", "/v1/messages/batches")

    assert (openai.status, anthropic.status) == (404, 404)
    assert json.loads(openai.body)["error"]["code"] == "unsupported_endpoint"
    told = json.loads(anthropic.body)
    assert told["error"]["type"] == "not_found_error"
    assert told["request_id"] == anthropic.headers["request-id"]
    assert openai.headers["content-length"] == str(len(openai.body))
    assert openai.flows == []


async def test_a_method_that_is_not_allowed_says_which_ones_are() -> None:
    world = await World().ask("GET", "/v1/messages")

    assert (world.status, world.headers["allow"]) == (405, "POST")
    assert json.loads(world.body)["error"]["type"] == "invalid_request_error"


async def test_a_browser_that_asks_first_is_answered_as_the_operator_decided() -> None:
    """openai.md 1."""
    page = (("Origin", "https://chat.example"), ("Access-Control-Request-Headers", "authorization"))

    closed = await World().ask("OPTIONS", CHAT, *page)
    opened = await World(cors_origins=("https://chat.example",)).ask("OPTIONS", CHAT, *page)

    assert (closed.status, closed.headers["allow"], closed.body) == (204, "POST, OPTIONS", b"")
    assert not [name for name in closed.headers if name.startswith("access-control")]
    assert opened.headers["access-control-allow-origin"] == "https://chat.example"
    assert opened.headers["access-control-allow-headers"] == "authorization"
    assert opened.headers["access-control-allow-methods"] == "POST, OPTIONS"
    assert "content-length" not in opened.headers


@pytest.mark.parametrize("path", [CHAT, "/v1/audio/speech"])
async def test_a_page_of_an_allowed_origin_may_read_the_reply(path: str) -> None:
    world = await World(cors_origins=("*",)).ask("POST", path, ("Origin", "https://chat.example"))

    assert world.headers["access-control-allow-origin"] == "*"


async def test_everything_else_is_somebody_elses() -> None:
    world = World()

    await world.ask("GET", "/health/live")
    await world.front({"type": "lifespan"}, world._receive(b""), world._send)

    assert world.passed_on == ["/health/live", "lifespan"]
    assert world.flows == []


async def _put(flow: Flow) -> None:
    flow.outbox.put(b"{}")
