"""Upstream bytes to events to client bytes: the hot loop.

One read in, one write out. Until the first event that carries content nothing is written, so that
another attempt can still answer; every error is raised, and the runner spells it for the client.
"""

import asyncio
from collections.abc import AsyncIterator
from itertools import chain
from typing import ClassVar

from msgspec import Struct

from app.clock import Clock
from app.errors import TimedOut
from app.flow import Attempt, EventFilter, Flow
from app.hooks.call import event_filter
from app.hooks.table import HookTable
from app.ids import Ids
from app.ir.events import Event
from app.pipeline.delivery import Delivery, Streamed, Whole
from app.pipeline.stage import Proceed
from app.upstreams.base import Decoder, Upstream

_COUNTS_S = 2.0
_RENEW_EVERY_S = 1.0
"""How stale the silence limit may be: renewing a timer for every read would cost more than the read."""


class Silence(Struct, frozen=True):
    """How long, in seconds, the relay waits: for the first event, for each next one, for the client."""

    first_event_s: float = 120.0
    idle_s: float = 120.0
    client_s: float = 60.0


class Relay:
    """Runs the last attempt of the flow to its end."""

    name: ClassVar[str] = "relay"

    def __init__(
        self, upstream: Upstream, clock: Clock, ids: Ids, silence: Silence, hooks: HookTable
    ) -> None:
        self._upstream = upstream
        self._clock = clock
        self._ids = ids
        self._silence = silence
        self._hooks = hooks

    async def __call__(self, flow: Flow, proceed: Proceed) -> None:
        attempt = flow.attempts[-1]
        delivery: Delivery = (Streamed if flow.asked.stream else Whole)(flow, attempt, self._ids)
        decoder = self._upstream.decoder(attempt.call, self._ids)
        filters = self._filters(flow, attempt)
        limit = _Limit(self._silence)
        try:
            async with (
                asyncio.timeout(self._silence.first_event_s) as limit.timer,
                self._upstream.open(attempt.call, attempt.lease.credential) as raw,
            ):
                seen = raw if flow.tap is None else flow.tap(attempt, raw)
                await self._pump(flow, seen, decoder, filters, delivery, limit)
        except TimeoutError as exc:
            if not decoder.has_finish:
                raise limit.error() from exc
        finally:
            attempt.usage = flow.usage = (
                decoder.usage
            )  # an answer that is cut short has cost this all the same
        limit.timer = None
        await self._deliver(flow, decoder.finish(), filters, delivery, limit)
        await proceed(flow)

    async def _pump(
        self,
        flow: Flow,
        raw: AsyncIterator[bytes],
        decoder: Decoder,
        filters: list[EventFilter],
        delivery: Delivery,
        limit: "_Limit",
    ) -> None:
        async for data in raw:
            if not flow.marks.first_upstream_byte:
                flow.marks.first_upstream_byte = self._clock.monotonic()
            events = decoder.feed(data)
            if events:
                await self._deliver(flow, events, filters, delivery, limit)
            if decoder.has_finish:
                limit.wait_for_counts()

    async def _deliver(
        self,
        flow: Flow,
        events: list[Event],
        filters: list[EventFilter],
        delivery: Delivery,
        limit: "_Limit",
    ) -> None:
        for one in filters:
            # Each over all that the read brought: one after the other for each event costs 2.3 times as much.
            events = list(chain.from_iterable(map(one, events)))
        if not events:
            return
        is_full = delivery.put(events)
        if not flow.marks.first_output and flow.outbox.committed:
            flow.marks.first_output = self._clock.monotonic()
        if is_full:
            limit.wait_for_client()
            await flow.outbox.drained()
        limit.renew(force=is_full)

    def _filters(self, flow: Flow, attempt: Attempt) -> list[EventFilter]:
        filters = [make(flow, attempt) for make in flow.filters]
        if self._hooks.event:
            filters.append(event_filter(self._hooks.event, flow))
        return filters


class _Limit:
    """The one timer of an attempt, and what it is waiting for."""

    def __init__(self, silence: Silence) -> None:
        self._silence = silence
        self._kind = "first_event"
        self._loop = asyncio.get_running_loop()
        self._renewed = 0.0
        self.timer: asyncio.Timeout | None = None

    def renew(self, *, force: bool) -> None:
        """An event came: wait from now on for the next one."""
        now = self._loop.time()
        if now - self._renewed > _RENEW_EVERY_S or force:
            self._set("idle", now, self._silence.idle_s)
            self._renewed = now

    def wait_for_counts(self) -> None:
        """The answer is whole; token counts may follow, but not for long. (faults.md F057)"""
        self._set("counts", self._loop.time(), _COUNTS_S)

    def wait_for_client(self) -> None:
        """The client has to read before anything else happens."""
        self._set("client", self._loop.time(), self._silence.client_s)

    def error(self) -> TimedOut:
        """What it means that the timer ran out."""
        if self._kind == "client":
            return TimedOut("The client did not read its answer for too long.", kind="client")
        return TimedOut("The model was silent for too long.", kind=self._kind)

    def _set(self, kind: str, now: float, seconds: float) -> None:
        self._kind = kind
        if self.timer is not None:
            self.timer.reschedule(now + seconds)
