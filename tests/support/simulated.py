"""A client of the simulator that sees how an answer ended, not only what it said."""

import asyncio
import gzip
import json
import time
from types import TracebackType
from typing import Any, Literal, Self
from urllib.parse import urlencode, urlsplit

import h11
from msgspec import Struct

from app.simulator.server import Simulator, SimulatorOptions

Ending = Literal["complete", "cut", "reset"]
ALL_SCOPES = frozenset({"https://www.googleapis.com/auth/cloud-platform"})


def a_simulator(**options: Any) -> Simulator:
    """A simulator that is not started yet; directives are on unless the test says otherwise."""
    return Simulator(SimulatorOptions(**{"directives": True, **options}))


class Reply(Struct):
    """One answer as it came over the wire."""

    status: int = 0
    headers: dict[str, str] = {}
    pieces: list[bytes] = []
    ending: Ending = "cut"

    @property
    def body(self) -> bytes:
        """The body, decoded."""
        whole = b"".join(self.pieces)
        return gzip.decompress(whole) if self.headers.get("content-encoding") == "gzip" else whole

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode()

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)

    @property
    def message(self) -> str:
        """`error.message`."""
        return str(self.json["error"]["message"])

    @property
    def inner(self) -> Any:
        """The JSON document that Claude's errors carry inside of their message."""
        return json.loads(self.message)

    @property
    def events(self) -> list[Any]:
        """The JSON of all well-formed events."""
        blocks = self.body.replace(b"\r\n", b"\n").split(b"\n\n")
        return [
            json.loads(block.removeprefix(b"data:").decode())
            for block in blocks
            if block.startswith(b"data:")
        ]

    @property
    def parts(self) -> list[dict[str, Any]]:
        """All parts of all events."""
        candidates = [c for event in self.events for c in event.get("response", {}).get("candidates", [])]
        return [part for c in candidates for part in c.get("content", {}).get("parts", [])]

    @property
    def said(self) -> str:
        """All visible text."""
        return "".join(part.get("text", "") for part in self.parts if not part.get("thought"))

    @property
    def thought(self) -> str:
        """All thoughts."""
        return "".join(part.get("text", "") for part in self.parts if part.get("thought"))

    @property
    def calls(self) -> list[dict[str, Any]]:
        """All function calls."""
        return [part["functionCall"] for part in self.parts if "functionCall" in part]

    @property
    def finish(self) -> str | None:
        """The finishReason, if there was one."""
        reasons = [
            candidate["finishReason"]
            for event in self.events
            for candidate in event.get("response", {}).get("candidates", [])
            if "finishReason" in candidate
        ]
        return reasons[-1] if reasons else None

    @property
    def usage(self) -> dict[str, int]:
        """The last usageMetadata."""
        found = [
            event["response"]["usageMetadata"]
            for event in self.events
            if "usageMetadata" in event["response"]
        ]
        return found[-1] if found else {}


class SimClient:
    """Speaks to a started simulator as account `number` (from 1) on one of its hosts."""

    def __init__(self, sim: Simulator, *, number: int = 1, host: str = "daily") -> None:
        self.sim = sim
        self.account = sim.accounts[number - 1]
        self.host = host
        self.agent = "antigravity/hub/2.9.0 linux/amd64"
        self.token = sim.state.directory.issue(
            self.account, sim.state.secrets, expires_at=sim.state.clock.now() + 3599, scopes=ALL_SCOPES
        )

    async def generate(
        self,
        model: str = "gemini-3-flash",
        text: str = "Hi",
        *,
        contents: list[dict[str, Any]] | None = None,
        method: str = "streamGenerateContent?alt=sse",
        envelope: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
        **request: Any,
    ) -> Reply:
        """One generation; keyword arguments are members of `request`."""
        body = {
            "project": self.account.project,
            "requestId": "agent-1",
            "model": model,
            "userAgent": "antigravity",
            "request": {"contents": contents or [user(text)], **request},
            **(envelope or {}),
        }
        return await self.call(method, body, headers=headers)

    async def call(self, method: str, body: Any, *, headers: dict[str, str] | None = None) -> Reply:
        """Any `v1internal` method."""
        return await self.send(
            "POST", f"/{self.host}/v1internal:{method}", json.dumps(body).encode(), headers or {}
        )

    async def form(self, path: str, **fields: str) -> Reply:
        """A form-encoded POST, as the OAuth endpoints take it."""
        headers = {"content-type": "application/x-www-form-urlencoded"}
        return await self.send("POST", path, urlencode(fields).encode(), headers)

    async def refresh(self, **changes: str) -> Reply:
        """A token refresh of the account."""
        fields = {
            "client_id": "sim-client",
            "client_secret": "sim-secret",
            "grant_type": "refresh_token",
            "refresh_token": self.account.refresh_token,
        }
        return await self.form("/token", **{**fields, **changes})

    async def send(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> Reply:
        """Any request on a connection of its own."""
        async with Wire(self.sim) as wire:
            merged = {"authorization": f"Bearer {self.token}", "user-agent": self.agent, **headers}
            await wire.request(method, path, body, merged)
            return await wire.reply()


class Wire:
    """One raw connection."""

    def __init__(self, sim: Simulator, *, port: int | None = None) -> None:
        self._address = urlsplit(sim.base_url).hostname, port or sim.port
        self._h11 = h11.Connection(h11.CLIENT)

    async def __aenter__(self) -> Self:
        self.reader, self.writer = await asyncio.open_connection(*self._address)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.leave()

    async def leave(self) -> None:
        """Close the connection at once."""
        self.writer.transport.abort()
        await asyncio.sleep(0)

    async def request(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> None:
        """Send one request with its length; a GET goes without a body."""
        fields = [("host", "sim.test"), *headers.items()]
        if method != "GET":
            fields.append(("content-length", str(len(body))))
        self._send(h11.Request(method=method, target=path, headers=fields))
        if body and method != "GET":
            self._send(h11.Data(data=body))
        self._send(h11.EndOfMessage())
        await self.writer.drain()

    async def reply(self) -> Reply:
        """Read one answer to whatever end it has."""
        reply = Reply(pieces=[])
        while True:
            try:
                event = await self._next_event()
            except ConnectionResetError:
                reply.ending = "reset"
                return reply
            except h11.RemoteProtocolError:
                return reply
            if isinstance(event, h11.Response):
                reply.status = event.status_code
                reply.headers = {name.decode(): value.decode() for name, value in event.headers}
            elif isinstance(event, h11.Data):
                reply.pieces.append(bytes(event.data))
            elif isinstance(event, h11.EndOfMessage):
                reply.ending = "complete"
                self._h11.start_next_cycle()
                return reply
            elif isinstance(event, h11.ConnectionClosed):
                return reply

    async def first_bytes(self) -> bytes:
        """Whatever comes first, raw."""
        return await self.reader.read(65536)

    async def _next_event(self) -> Any:
        while True:
            event = self._h11.next_event()
            if event is not h11.NEED_DATA:
                return event
            self._h11.receive_data(await self.reader.read(65536))

    def _send(self, event: Any) -> None:
        self.writer.write(self._h11.send(event) or b"")


def user(*parts: str | dict[str, Any]) -> dict[str, Any]:
    """A user turn of texts and other parts."""
    return {"role": "user", "parts": [{"text": part} if isinstance(part, str) else part for part in parts]}


def model(*parts: dict[str, Any]) -> dict[str, Any]:
    """A model turn."""
    return {"role": "model", "parts": list(parts)}


def result(name: str, value: object, call_id: str | None = None) -> dict[str, Any]:
    """A functionResponse part."""
    answer: dict[str, Any] = {"name": name, "response": {"result": value}}
    return {"functionResponse": answer | ({"id": call_id} if call_id else {})}


def weather_tools(*, upper: bool = False) -> list[dict[str, Any]]:
    """One tool, `get_weather(city)`."""
    kinds = ("OBJECT", "STRING") if upper else ("object", "string")
    schema = {"type": kinds[0], "properties": {"city": {"type": kinds[1]}}, "required": ["city"]}
    declared = {"name": "get_weather", "description": "Tells the weather of a city.", "parameters": schema}
    return [{"functionDeclarations": [declared]}]


async def until(condition: Any, *, seconds: float = 5.0) -> None:
    """Let the loop turn until `condition()` holds."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError("the condition never came true")
        await asyncio.sleep(0.001)
