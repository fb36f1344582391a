"""Runs one flow in one task; whatever happens becomes one ending.

Before anything has been sent an error is left on the flow, for the web layer to spell as a status and a
body. After that it is spelled in-band, as the last bytes of the outbox.
"""

import asyncio
from typing import Protocol

import structlog

from app.clock import Clock
from app.errors import GatewayError, InternalError, ShuttingDown, TimedOut
from app.flow import Flow
from app.ir.events import Fault
from app.observe.logging import current_flow
from app.pipeline.closer import Closer
from app.pipeline.outcome import outcome_of
from app.pipeline.plan import Plan
from app.pipeline.veil import veil

log = structlog.get_logger("app.pipeline")


class Books(Protocol):
    """Where the use of a finished flow is entered, at once and without waiting."""

    def enter(self, flow: Flow) -> None:
        """Write down who used what. Called exactly once per flow."""
        ...


class Runner:
    """Starts flows and knows those that are running.

    `plan` is for flows that begin from now on; a flow keeps the one it began with.
    """

    def __init__(self, plan: Plan, closer: Closer, books: Books, clock: Clock, lifetime_s: float) -> None:
        self.plan = plan
        self._closer = closer
        self._books = books
        self._clock = clock
        self._lifetime_s = lifetime_s
        self._running: dict[asyncio.Task[None], tuple[Flow, Plan]] = {}

    @property
    def running(self) -> int:
        """How many flows have not ended."""
        return len(self._running)

    def start(self, flow: Flow) -> asyncio.Task[None]:
        """Run `flow` in a task of its own. Cancelling that task is always safe; it never raises otherwise."""
        plan = self.plan
        task = asyncio.get_running_loop().create_task(self._run(flow, plan), name=flow.id)
        self._running[task] = flow, plan
        task.add_done_callback(self._ended)
        return task

    def interrupt_all(self) -> None:
        """End every running flow with the word that the gateway shuts down."""
        for task, (flow, _) in list(self._running.items()):
            flow.error = flow.error or ShuttingDown("The gateway is shutting down.", retry_after_s=5)
            task.cancel()

    async def ended(self) -> None:
        """Return when no flow is running any more."""
        while self._running:
            await asyncio.wait(list(self._running))

    async def settled(self) -> None:
        """Return when the flows that run now are over and watched; others may run by then."""
        if self._running:
            await asyncio.wait(list(self._running))
        await self._closer.caught_up()

    async def _run(self, flow: Flow, plan: Plan) -> None:
        current_flow.set(flow.id)
        try:
            await self._guarded(flow, plan)
        except asyncio.CancelledError:
            _cancelled(flow)
            raise
        finally:
            self._end(flow, plan)

    async def _guarded(self, flow: Flow, plan: Plan) -> None:
        try:
            async with asyncio.timeout(self._lifetime_s):
                await plan.run_of(flow.endpoint.operation)(flow)
        except GatewayError as error:
            veil(error, flow.attempts)
            flow.error = error
        except TimeoutError:
            flow.error = TimedOut("The request took longer than it may.", kind="lifetime")
        except Exception:  # a bug anywhere below: the client hears so, the log has the trace
            log.exception("bug: a flow failed")
            flow.error = InternalError(f"Something went wrong inside the gateway (request {flow.id}).")

    def _end(self, flow: Flow, plan: Plan) -> None:
        flow.outbox.close(self._last_words(flow))
        flow.marks.closed = self._clock.monotonic()
        flow.outcome = outcome_of(flow)
        self._books.enter(flow)
        _let_frames_go(flow)
        self._closer.take(flow, plan.hooks)

    def _last_words(self, flow: Flow) -> bytes:
        box = flow.outbox
        if flow.error is None or flow.writer is None or not (box.committed or box.status_committed):
            return b""
        try:
            return flow.writer.feed(Fault(flow.error))
        except Exception:  # a writer's bug must not keep the client waiting for the end
            log.exception("bug: a stream could not be ended in its own words")
            return b""

    def _ended(self, task: asyncio.Task[None]) -> None:
        flow, plan = self._running.pop(task)
        if not flow.outbox.is_closed:  # cancelled before its first step
            _cancelled(flow)
            self._end(flow, plan)


def _cancelled(flow: Flow) -> None:
    """Whoever interrupts a flow for a reason of the gateway leaves an error; else its client has left."""
    if flow.error is None:
        flow.outcome = "client_closed"


def _let_frames_go(flow: Flow) -> None:
    """Take the tracebacks off the errors of a flow that is over.

    Their frames hold the flow, which holds the errors: without this, bodies of many megabytes would wait
    for a collection of the garbage, which comes by the number of objects and not by their size.
    """
    errors = (flow.error, *(attempt.error for attempt in flow.attempts))
    waiting: list[BaseException | None] = [*errors]
    seen: set[int] = set()
    while waiting:
        error = waiting.pop()
        if error is None or id(error) in seen:
            continue
        seen.add(id(error))
        error.__traceback__ = None
        waiting += (error.__cause__, error.__context__)
