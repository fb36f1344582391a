"""Outbox to response: the status commit, the writes, signs of life while it is silent.

The headers wait for the first content, so that an early failure gets a true status. A dialect may ask
for them to leave sooner; then comments keep the connection warm and other accounts may still be tried.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeAlias

from app.clock import Clock
from app.dialects.failures import error_reply
from app.flow import Flow
from app.web.body import Message

Send: TypeAlias = Callable[[Message], Awaitable[None]]

_STREAM_HEADERS = {
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-cache, no-transform",
    "x-accel-buffering": "no",
}
_JSON_HEADERS = {"content-type": "application/json"}
_LONGEST_VALUE = 4096


class Reply:
    """Sends the reply of one flow.

    `beat_s` is the longest silence within a stream, `commit_wait_s` that before it (0: as long as it takes).
    """

    def __init__(self, flow: Flow, send: Send, clock: Clock, *, beat_s: float, commit_wait_s: float) -> None:
        self._flow = flow
        self._send = send
        self._clock = clock
        self._beat_s = beat_s
        self._commit_wait_s = commit_wait_s

    async def run(self) -> None:
        """Return when the whole reply has been handed to the server."""
        flow = self._flow
        pulse = Pulse(self._beat_s, self._commit_wait_s, flow.outbox.wake)
        try:
            await self._run(pulse)
        finally:
            pulse.stop()

    async def _run(self, pulse: "Pulse") -> None:
        flow, box = self._flow, self._flow.outbox
        first = await self._first(pulse)
        if flow.error is not None and not box.committed and not box.status_committed:
            await self._whole(*error_reply(flow.dialect, flow.error, flow.id))
        elif not flow.streams:
            await self._whole(200, _JSON_HEADERS, first + await self._rest())
        else:
            if not box.status_committed:
                await self._start(200, _STREAM_HEADERS)
            await self._stream(first, pulse)

    async def _first(self, pulse: "Pulse") -> bytes:
        """What the body begins with. A long silence of a stream may send the headers first."""
        flow, box = self._flow, self._flow.outbox
        while True:
            data = await box.take()
            if data or box.is_spent:
                return data
            if flow.writer is None or not flow.streams:
                continue
            if not box.status_committed and pulse.is_time_to_commit:
                await self._start(200, _STREAM_HEADERS)
            if box.status_committed:
                await self._body(flow.writer.heartbeat())

    async def _stream(self, data: bytes, pulse: "Pulse") -> None:
        flow, box, send = self._flow, self._flow.outbox, self._send
        while not box.is_spent:
            if data:
                await send({"type": "http.response.body", "body": data, "more_body": True})
                pulse.touch()
            elif flow.writer is not None:
                await self._body(flow.writer.heartbeat())
            data = await box.take()
        await send({"type": "http.response.body", "body": data, "more_body": False})

    async def _rest(self) -> bytes:
        box = self._flow.outbox
        parts = []
        while not box.is_spent:
            parts.append(await box.take())
        return b"".join(parts)

    async def _whole(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        await self._start(status, {**headers, "content-length": str(len(body))})
        await self._send({"type": "http.response.body", "body": body, "more_body": False})

    async def _start(self, status: int, headers: Mapping[str, str]) -> None:
        flow = self._flow
        flow.outbox.status_committed = True
        took_ms = round((self._clock.monotonic() - flow.marks.opened) * 1000)
        every = {**headers, **flow.dialect.headers(flow.id, took_ms), **flow.headers_out}
        if flow.notes:
            every["x-gateway-notes"] = ",".join(dict.fromkeys(note.word for note in flow.notes))
        await self._send({"type": "http.response.start", "status": status, "headers": raw_headers(every)})

    async def _body(self, data: bytes) -> None:
        if data:
            await self._send({"type": "http.response.body", "body": data, "more_body": True})


def raw_headers(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    """Headers as ASGI has them. What may not stand in a value, a line's end above all, becomes `?`."""
    return [(name.encode("latin-1"), _header_value(value)) for name, value in headers.items()]


def _header_value(value: str) -> bytes:
    """The upstream's word for its model is among what comes here, and it is not ours to vouch for."""
    if not (value.isascii() and value.isprintable()):
        value = "".join(c if c.isascii() and c.isprintable() else "?" for c in value)
    return value[:_LONGEST_VALUE].encode("ascii")


class Pulse:
    """One timer per reply: wakes the sender when it has been silent for too long.

    Sending only notes the time; the timer looks at it when it runs out and sets itself anew.
    """

    def __init__(self, beat_s: float, commit_wait_s: float, wake: Callable[[], None]) -> None:
        self._loop = asyncio.get_running_loop()
        self._beat_s = beat_s
        self._wake = wake
        self._last = self._loop.time()
        self._commit_at = self._last + commit_wait_s if commit_wait_s else float("inf")
        first = min(beat_s, commit_wait_s) if commit_wait_s else beat_s
        self._timer = self._loop.call_later(first, self._ring)

    @property
    def is_time_to_commit(self) -> bool:
        """Whether the headers shall leave although there is no content."""
        return self._loop.time() >= self._commit_at

    def touch(self) -> None:
        """Something was sent just now."""
        self._last = self._loop.time()

    def stop(self) -> None:
        """No more ringing."""
        self._timer.cancel()

    def _ring(self) -> None:
        now = self._loop.time()
        due = min(self._last + self._beat_s, self._commit_at)
        if now >= due:
            self._wake()
            due = self._last = now
            due += self._beat_s
            if self._commit_at > now:
                due = min(due, self._commit_at)
        self._timer = self._loop.call_at(due, self._ring)
