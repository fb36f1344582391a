"""Small calls to the backend: one JSON object there, one back, over the hosts in order.

Never: streams, or what an answer means. Source: upstream.md 1.1.
"""

from collections.abc import Mapping
from typing import Any, Protocol, TypeVar

import msgspec

from app.clock import Clock
from app.errors import GatewayError, UpstreamError, UpstreamGarbled
from app.upstreams.antigravity import endpoints
from app.upstreams.antigravity.endpoints import AntigravityOptions, ControlMethod
from app.upstreams.base import Credential
from app.upstreams.gemini.faults import read_fault
from app.upstreams.http import PlainReply
from app.wire import json

T = TypeVar("T")


class Sender(Protocol):
    """What small calls need of HTTP; `UpstreamHttp` has it."""

    async def send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        *,
        timeout_s: float,
    ) -> PlainReply:
        """The whole answer. Raises an UpstreamError when there is none."""
        ...


class ControlCalls:
    """Calls one method of the backend at a time. `options` may be replaced while running."""

    def __init__(self, http: Sender, options: AntigravityOptions, clock: Clock) -> None:
        self._http = http
        self._clock = clock
        self.options = options

    async def call(
        self, method: ControlMethod, credential: Credential, body: Mapping[str, Any], answer: type[T]
    ) -> T:
        """The answer of the first host that has one. Raises what the last host that was tried said."""
        sent = json.encode(body)
        *others, last = self.options.base_urls
        for base in others:
            try:
                return await self._call_host(base, method, credential, sent, answer)
            except UpstreamError as error:
                if not error.verdict.next_host:
                    raise
        return await self._call_host(last, method, credential, sent, answer)

    async def _call_host(
        self, base: str, method: ControlMethod, credential: Credential, sent: bytes, answer: type[T]
    ) -> T:
        reply = await self._http.send(
            "POST",
            endpoints.control_url(base, method),
            endpoints.headers(self.options, credential),
            sent,
            timeout_s=self.options.control_s,
        )
        if reply.status != 200:
            raise self._fault(reply.status, reply.headers, reply.body)
        try:
            return msgspec.json.decode(reply.body, type=answer, strict=False)
        except (msgspec.DecodeError, UnicodeDecodeError) as exc:
            raise UpstreamGarbled("The upstream's answer could not be read.", kind="control") from exc

    def _fault(self, status: int, headers: Mapping[str, str], body: bytes) -> GatewayError:
        return read_fault(status, headers, body, self._clock.now())
