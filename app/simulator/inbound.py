"""One request on its way through the simulator, and the common ways to answer it."""

import gzip as gzip_module
from random import Random
from urllib.parse import parse_qsl

import msgspec
from msgspec import Struct

from app.simulator.clock import http_date
from app.simulator.errors import ErrorReply, Refused, html_page, proto_400
from app.simulator.http import Exchange, Request
from app.simulator.journal import Entry
from app.simulator.render import Json, pretty_json
from app.simulator.state import World

_HEX = "0123456789abcdef"
JSON_TYPE = "application/json; charset=UTF-8"
STREAM_TYPE = "text/event-stream"


class Inbound(Struct, kw_only=True):
    """A request with what was found out about it."""

    world: World
    request: Request
    exchange: Exchange
    host: str
    method: str
    entry: Entry
    rng: Random

    @property
    def query(self) -> dict[str, str]:
        """The query parameters; of repeated ones the last."""
        return dict(parse_qsl(self.request.query, keep_blank_values=True))

    @property
    def is_stream(self) -> bool:
        """Whether this is the streaming method, whose errors are labelled as event streams."""
        return self.method == "streamGenerateContent"

    def json_body(self) -> dict[str, Json]:
        """The body as a JSON object; raises `Refused` with the syntax error of the backend."""
        try:
            body = msgspec.json.decode(self.request.body or b"{}")
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise Refused(_syntax_error(self.request.body), why="the body is no JSON") from error
        if not isinstance(body, dict):
            raise Refused(_syntax_error(self.request.body), why="the body is no JSON object")
        self.world.journal.keep_body(self.entry, self.request.body)
        return body

    def accepts_gzip(self) -> bool:
        """Whether the client takes gzip and the knob lets it have it."""
        return self.world.knobs.gzip and "gzip" in self.request.headers.get("accept-encoding", "")

    def headers(self, content_type: str, *, trace_id: str | None = None) -> list[tuple[str, str]]:
        """The headers that every answer of the backend carries."""
        trace = trace_id or "".join(self.rng.choices(_HEX, k=16))
        return [
            ("Content-Type", content_type),
            ("X-Cloudaicompanion-Trace-Id", trace),
            ("Vary", "Origin"),
            ("Vary", "X-Origin"),
            ("Vary", "Referer"),
            ("Date", http_date(self.world.clock.now())),
            ("Server", "ESF"),
            ("X-XSS-Protection", "0"),
            ("X-Frame-Options", "SAMEORIGIN"),
            ("X-Content-Type-Options", "nosniff"),
            ("Server-Timing", f"gfet4t7; dur={self.rng.randint(120, 420)}"),
            ("Alt-Svc", 'h3=":443"; ma=2592000,h3-29=":443"; ma=2592000'),
        ]

    def answer_json(self, body: object, *, status: int = 200) -> None:
        """A pretty-printed JSON answer."""
        self._send(status, self.headers(JSON_TYPE), pretty_json(body), gzip=self.accepts_gzip())

    def answer_error(self, reply: ErrorReply, *, gzip: bool | None = None) -> None:
        """An error, labelled as the method labels them."""
        content_type = reply.content_type or (STREAM_TYPE if self.is_stream else JSON_TYPE)
        headers = self.headers(content_type)
        if reply.status == 401:
            headers.append(
                ("WWW-Authenticate", 'Bearer realm="https://accounts.google.com/", error="invalid_token"')
            )
        if reply.status == 302:
            headers.append(("Location", "https://accounts.google.com/signin"))
        self._send(reply.status, headers, reply.body, gzip=self.accepts_gzip() if gzip is None else gzip)

    def answer_html(self, status: int, text: str) -> None:
        """A page of the front end."""
        self.answer_error(html_page(status, f"Error {status}!!1", text))

    def _send(self, status: int, headers: list[tuple[str, str]], body: bytes, *, gzip: bool) -> None:
        if gzip and body:
            body = gzip_module.compress(body, 6, mtime=0)
            headers.append(("Content-Encoding", "gzip"))
        self.exchange.respond(status, headers, body)


def _syntax_error(body: bytes) -> ErrorReply:
    shown = body[:40].decode("utf-8", "replace").split("\n", 1)[0]
    return proto_400([("", f"Invalid JSON payload received. Expected a value.\n{shown}\n^")])
