"""How a stream travels: pace, line ends, splits and joins of writes, stalls and cuts.

Takes finished chunks; knows the clock and the connection, but nothing of requests and accounts.
Source: upstream.md 6.1, 9.6, 9.7.
"""

import asyncio
import time
import zlib
from collections.abc import Sequence
from random import Random

from msgspec import Struct

from app.simulator.catalog import Pace
from app.simulator.chunks import AnswerIds, Chunk, event_text
from app.simulator.clock import Clock
from app.simulator.faults import CutKind, Fault
from app.simulator.http import Exchange, Headers
from app.simulator.timing import Timing

_DRIP_BYTES = 7
_FOREVER_S = 1e9


class WirePlan(Struct, kw_only=True):
    """Everything about the way of the bytes."""

    line_end: bytes = b"\r\n"
    has_space: bool = True
    is_joined: bool = False
    drip_bytes: int | None = None
    drip_gap_s: float = 0.0
    splits_utf8: bool = False
    gzip: bool = False
    cut_after_chunks: int | None = None
    cut_after_bytes: int | None = None
    cut_kind: CutKind = "reset"
    stalls: list[tuple[int, float]] = []
    stamps: bool = False


def plan_wire(faults: Sequence[Fault], *, line_end: str, gzip: bool, stamps: bool) -> WirePlan:
    """The plan that the wire effects among `faults` ask for."""
    plan = WirePlan(line_end=b"\r\n" if line_end == "crlf" else b"\n", gzip=gzip, stamps=stamps)
    for fault in faults:
        match fault.effect:
            case "crlf":
                plan.line_end = b"\r\n"
            case "cr":
                plan.line_end = b"\r"
            case "lf":
                plan.line_end = b"\n"
            case "no_space":
                plan.has_space = False
            case "joined":
                plan.is_joined = True
            case "drip":
                plan.drip_bytes, plan.drip_gap_s = fault.count or _DRIP_BYTES, fault.delay_s or 0.0
            case "split_utf8":
                plan.splits_utf8 = True
            case "stall":
                plan.stalls.append(
                    (fault.after_chunks or 0, _FOREVER_S if fault.delay_s is None else fault.delay_s)
                )
            case "cut":
                plan.cut_after_chunks, plan.cut_after_bytes = fault.after_chunks, fault.after_bytes
                plan.cut_kind = fault.how
                if plan.cut_after_chunks is None and plan.cut_after_bytes is None:
                    plan.cut_after_chunks = 1
            case _:
                pass
    return plan


class Delivery:
    """One stream on its way; `run` sends it to its end, regular or not."""

    def __init__(
        self, exchange: Exchange, plan: WirePlan, clock: Clock, timing: Timing, pace: Pace, rng: Random
    ) -> None:
        self.chunks_out = 0
        self._exchange = exchange
        self._plan = plan
        self._clock = clock
        self._timing = timing
        self._pace: Pace = pace
        self._rng = rng
        self._zip = zlib.compressobj(wbits=31) if plan.gzip else None
        self._sent = 0
        self._held = bytearray()

    async def run(
        self, chunks: Sequence[Chunk], ids: AnswerIds, headers: Headers, prompt_tokens: int
    ) -> None:
        """Head, chunks, end. A cut ends the connection in its own way instead."""
        plan = self._plan
        if plan.gzip:
            headers = [*headers, ("Content-Encoding", "gzip")]
        self._exchange.start(200, headers)
        await self._clock.sleep(self._timing.first_content_s(self._pace, prompt_tokens, self._rng))
        for index, chunk in enumerate(chunks):
            if await self._is_cut_before(index):
                return
            wait = self._timing.chunk_s(self._pace, chunk.tokens, self._rng, is_thought=chunk.is_thought)
            await self._clock.sleep(wait + sum(seconds for at, seconds in plan.stalls if at == index))
            if await self._send(self._event(chunk, ids)):
                return
            self.chunks_out += 1
        if plan.cut_after_chunks is not None or plan.cut_after_bytes is not None:
            await self._cut()
            return
        await self._clock.sleep(sum(seconds for at, seconds in plan.stalls if at >= len(chunks)))
        self._finish()

    def _event(self, chunk: Chunk, ids: AnswerIds) -> bytes:
        end = self._plan.line_end
        if chunk.raw is not None:
            return chunk.raw + end + end
        if self._plan.stamps:
            chunk.extra = (chunk.extra or {}) | {"metadata": {"simSentNs": str(time.monotonic_ns())}}
        field = b"data: " if self._plan.has_space else b"data:"
        return field + event_text(chunk, ids).encode() + end + end

    async def _is_cut_before(self, index: int) -> bool:
        if self._plan.cut_after_chunks is None or index < self._plan.cut_after_chunks:
            return False
        await self._cut()
        return True

    async def _send(self, event: bytes) -> bool:
        """Send one event; true when that was the end because of a cut in its midst."""
        limit = self._plan.cut_after_bytes
        if limit is not None and self._sent + len(event) >= limit:
            self._write(event[: limit - self._sent])
            await self._cut()
            return True
        self._sent += len(event)
        if self._plan.is_joined:
            self._held += event
            return False
        for piece in self._split(event):
            self._write(piece)
            await self._exchange.drain()
            if self._plan.drip_bytes is not None:
                await self._exchange.flush()
                await self._clock.sleep(self._plan.drip_gap_s)
            # Without a pace nothing else would let the loop turn, and a client that leaves would go
            # unnoticed.
            await asyncio.sleep(0)
        return False

    def _split(self, event: bytes) -> list[bytes]:
        size = self._plan.drip_bytes
        if size is not None:
            return [event[at : at + size] for at in range(0, len(event), size)]
        if self._plan.splits_utf8:
            at = next((i for i, byte in enumerate(event) if byte >= 0xC0), len(event) // 2) + 1
            return [event[:at], event[at:]]
        return [event]

    def _write(self, data: bytes) -> None:
        if self._zip is not None:
            data = self._zip.compress(data) + self._zip.flush(zlib.Z_SYNC_FLUSH)
        self._exchange.write(data)

    async def _cut(self) -> None:
        if self._held:
            self._write(bytes(self._held))
        await self._exchange.flush()
        match self._plan.cut_kind:
            case "reset":
                self._exchange.reset()
            case "truncate":
                self._exchange.close()
            case "end":
                self._finish()

    def _finish(self) -> None:
        if self._held:
            self._write(bytes(self._held))
            self._held.clear()
        if self._zip is not None:
            self._exchange.write(self._zip.flush())
        self._exchange.finish()
