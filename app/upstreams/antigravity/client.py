"""The Antigravity upstream: the Gemini codec, an envelope, and the hosts in order.

Opens one stream per attempt and hands on its bytes. Never: accounts, retries on another account, or a look
into the answer. Source: upstream.md 1.1, 3, 7.10.
"""

import asyncio
import uuid
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from types import TracebackType
from typing import ClassVar

from app.catalog.profile import ModelProfile
from app.clock import Clock
from app.errors import GatewayError, TimedOut, UpstreamError
from app.ids import Ids
from app.ir.prompt import Prompt
from app.upstreams.antigravity import counting, endpoints, envelope
from app.upstreams.antigravity.control import ControlCalls
from app.upstreams.antigravity.discovery import discover
from app.upstreams.antigravity.endpoints import AntigravityOptions
from app.upstreams.base import Call, Credential, Decoder, Discovery, Encoded
from app.upstreams.gemini.decode import GeminiDecoder
from app.upstreams.gemini.encode import RequestDefaults, encode
from app.upstreams.gemini.faults import read_fault
from app.upstreams.gemini.schema import SchemaCache
from app.upstreams.http import Exchange, UpstreamHttp, UpstreamReply

MOST_ERROR_BYTES = 64 * 1024
ERROR_BODY_S = 5.0


class AntigravityUpstream:
    """Implements `Upstream`. `new_uuid` makes the ids of attempts."""

    name: ClassVar[str] = "antigravity"

    def __init__(
        self,
        http: UpstreamHttp,
        options: AntigravityOptions,
        clock: Clock,
        *,
        new_uuid: Callable[[], uuid.UUID] = uuid.uuid4,
    ) -> None:
        self._http = http
        self._clock = clock
        self._schemas = SchemaCache()
        self._new_uuid = new_uuid
        self._control = ControlCalls(http, options, clock)

    @property
    def options(self) -> AntigravityOptions:
        """What is set now."""
        return self._control.options

    def reconfigure(self, options: AntigravityOptions) -> None:
        """Use other options from the next call on, for example another client version."""
        self._control.options = options

    def encode(self, prompt: Prompt, profile: ModelProfile) -> Encoded:
        """The prompt in the upstream's form. See `Upstream`."""
        return encode(prompt, profile, RequestDefaults(self.options.preamble), schemas=self._schemas)

    def open(self, call: Call, credential: Credential) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
        """The bytes of a good stream, from the first host that gives one. See `Upstream`."""
        request_id = envelope.request_id(call, self._new_uuid)
        return _Stream(
            self._http,
            self.options,
            self._clock,
            endpoints.headers(self.options, credential, call.headers),
            envelope.wrap(call, credential, request_id),
            header_wait_s=header_wait_s(self.options, call.profile),
        )

    def decoder(self, call: Call, ids: Ids) -> Decoder:
        """A decoder for one attempt."""
        encoded = call.encoded
        return GeminiDecoder(
            encoded.bindings,
            ids,
            call.profile,
            known_call_ids=encoded.known_call_ids,
            parallel_calls=encoded.parallel_calls,
            call_prefix=encoded.call_prefix,
        )

    async def count(self, call: Call, credential: Credential) -> int:
        """Prompt tokens as the upstream counts them. See `Upstream`."""
        body = counting.question(call.encoded.body, call.profile)
        return (await self._control.call("countTokens", credential, body, counting.TokenCount)).total_tokens

    async def discover(self, credential: Credential) -> Discovery:
        """What an account is; onboards it if needed. See `Upstream`."""
        return await discover(self._control, self._clock, credential)


class _Stream:
    """One attempt over the hosts. Leaving it closes the connection, read to its end or not."""

    __slots__ = ("_body", "_chunks", "_clock", "_exchange", "_header_wait_s", "_headers", "_http", "_options")

    def __init__(
        self,
        http: UpstreamHttp,
        options: AntigravityOptions,
        clock: Clock,
        headers: dict[str, str],
        body: bytes,
        *,
        header_wait_s: float,
    ) -> None:
        self._http = http
        self._options = options
        self._clock = clock
        self._headers = headers
        self._body = body
        self._header_wait_s = header_wait_s
        self._exchange: Exchange | None = None
        self._chunks: AsyncIterator[bytes] | None = None

    async def __aenter__(self) -> AsyncIterator[bytes]:
        *others, last = self._options.base_urls
        for base in others:
            try:
                return await self._open(base)
            except UpstreamError as error:
                if not error.verdict.next_host:
                    raise
        return await self._open(last)

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None
    ) -> None:
        exchange, self._exchange = self._exchange, None
        if isinstance(self._chunks, AsyncGenerator):
            await self._chunks.aclose()
        if exchange is not None:
            await exchange.__aexit__(exc_type, exc, tb)

    async def _open(self, base: str) -> AsyncIterator[bytes]:
        exchange = self._http.open("POST", endpoints.stream_url(base), self._headers, self._body)
        try:
            async with asyncio.timeout(self._header_wait_s):
                reply = await exchange.__aenter__()
        except TimeoutError as exc:
            raise TimedOut("The upstream did not begin to answer in time.", kind="headers") from exc
        if reply.status == 200:
            self._exchange = exchange
            self._chunks = reply.chunks()
            return self._chunks
        try:
            raise await self._fault(reply)
        finally:
            await exchange.__aexit__(None, None, None)

    async def _fault(self, reply: UpstreamReply) -> GatewayError:
        """What the refusal means. A body that does not come to an end is judged by what came of it."""
        said = bytearray()
        try:
            async with asyncio.timeout(ERROR_BODY_S):
                async for piece in reply.chunks():
                    said += piece
                    if len(said) >= MOST_ERROR_BYTES:
                        break
        except (TimeoutError, UpstreamError):
            # The status alone still says what to do.
            del said[MOST_ERROR_BYTES:]
        body = bytes(said[:MOST_ERROR_BYTES])
        error = read_fault(reply.status, reply.headers, body, self._clock.now())
        if isinstance(error, UpstreamError):
            error.raw = body
        return error


def header_wait_s(options: AntigravityOptions, profile: ModelProfile) -> float:
    """How long a model may take to begin."""
    return options.thinking_header_wait_s if profile.thinking is not None else options.header_wait_s
