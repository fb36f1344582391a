"""Calling hooks: changers fail closed, watchers are contained.

A changer that raises anything but a refusal fails the flow: a redaction that crashed must not let the
text through. So does one that never ends, or leaves nonsense behind. A watcher's trouble is logged and
the flow goes on. A cancellation that somebody asked for always passes.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final, NoReturn, get_args

import structlog

from app.errors import AddonFailure, GatewayError
from app.flow import Attempt, EventFilter, Flow
from app.hooks import steps as stepping
from app.hooks.errors import told
from app.hooks.listener import blame, direct, inner
from app.hooks.steps import Steps
from app.hooks.table import AttemptHook, EventHook, FlowHook
from app.ir.events import End, Event, Fault
from app.ir.grammar import MOVES
from app.ir.prompt import Prompt
from app.upstreams.base import Call

log = structlog.get_logger("app.hooks")

CHANGER_LIMIT_S: Final = 30.0
WATCHER_LIMIT_S: Final = 2.0

_CRASHES: Final = (Exception, asyncio.CancelledError, SystemExit)
"""What an addon may crash with; whether a cancellation is a crash is asked first."""

_OWN_FILES: Final = (__file__, stepping.__file__)
_EVENTS: Final = get_args(Event)
_LAST: Final = (End, Fault)


async def change_flow(hooks: Sequence[FlowHook], flow: Flow) -> None:
    """Call changers in order. Raises their refusals, and AddonFailure for anything else."""
    for hook in hooks:
        await _change(hook, flow)
        if not isinstance(flow.prompt, Prompt | None):
            _fail(hook, "left something that is no Prompt in `flow.prompt`")


async def change_attempt(hooks: Sequence[AttemptHook], flow: Flow, attempt: Attempt) -> None:
    """As `change_flow`, for hooks about one attempt."""
    for hook in hooks:
        await _change(hook, flow, attempt)
        if not isinstance(attempt.call, Call):
            _fail(hook, "left something that is no Call in `attempt.call`")


def event_filter(hooks: Sequence[EventHook], flow: Flow) -> EventFilter:
    """The `event` listeners of a table as one filter for one attempt.

    What listeners make of a stream is held against the grammar as soon as one of them changed something.
    """
    state, changed = "start", False
    # The method itself is called for each event, and the listener around it only blamed.
    calls, task = [(direct(hook), hook) for hook in hooks], _task()

    def apply(event: Event) -> tuple[Event, ...]:
        nonlocal state, changed
        events: tuple[Event, ...] = (event,)
        for method, hook in calls:
            if len(events) == 1:
                out = _call_event(method, hook, flow, events[0], task)
                if out is not events[0]:
                    events, changed = _checked(hook, out), True
            else:
                outs = (_call_event(method, hook, flow, item, task) for item in events)
                events = tuple(one for out in outs for one in _checked(hook, out))
        for item in events:
            state = MOVES[state].get(type(item), "broken")
            if state == "broken":
                break
        if changed and (state == "broken" or (isinstance(event, _LAST) and state != "over")):
            _fail(hooks[0], "or one behind it made an answer that is no answer any more")
        return events

    return apply


async def watch(hook: Callable[[], Awaitable[None]]) -> bool:
    """Call one watcher, for at most two seconds; whether it went well. Raises nothing but a cancellation."""
    try:
        async with asyncio.timeout(WATCHER_LIMIT_S):
            await hook()
    except TimeoutError:
        log.warning("watcher took too long", hook=_name(hook), limit_s=WATCHER_LIMIT_S)
        blame(hook, f"{_name(hook)} took longer than {WATCHER_LIMIT_S:g} s")
        return False
    except (Exception, SystemExit) as exc:  # a watcher must not touch the flow, whatever it raises
        log.error("watcher failed", hook=_name(hook), exc_info=_cut(exc))
        blame(hook, f"{_name(hook)} failed: {told(exc)}")
        return False
    return True


async def _change(hook: Callable[..., Awaitable[None]], flow: Flow, *what: Any) -> None:
    steps = Steps(hook(flow, *what))
    try:
        if not steps.begin():  # most never wait, and need nobody to look at the clock
            async with asyncio.timeout(CHANGER_LIMIT_S):
                await steps
    except GatewayError:
        if not steps.cancelled_itself:
            raise
    except _CRASHES as exc:  # whatever an addon raises must stop the request
        task = asyncio.current_task()
        if not steps.cancelled_itself:
            if isinstance(exc, asyncio.CancelledError) and task is not None and task.cancelling():
                raise
            _fail(hook, "failed", exc)
    if steps.cancelled_itself:
        _own_cancellation(hook, flow)


def _own_cancellation(hook: object, flow: Flow) -> NoReturn:
    """Leave the reason on the flow: its task is cancelled as soon as it waits, and then this counts."""
    what = "cancelled the request that it looks at"
    flow.error = AddonFailure(f"The addon hook `{_name(hook)}` {what}; the request was stopped.")
    _note(hook, what)
    raise flow.error


def _call_event(
    method: EventHook, hook: EventHook, flow: Flow, event: Event, task: asyncio.Task[Any] | None
) -> Any:
    """What the listener returns: an event or several if it keeps to the rules, and anything if not."""
    before = 0 if task is None else task.cancelling()
    try:
        out = method(flow, event)
    except GatewayError:
        raise
    except _CRASHES as exc:  # whatever an addon raises must stop the stream
        _fail(hook, "failed", exc)
    if task is not None and task.cancelling() > before:
        _own_cancellation(hook, flow)
    return out


def _task() -> asyncio.Task[Any] | None:
    """The task that runs, if any does."""
    try:
        return asyncio.current_task()
    except RuntimeError:
        return None


def _checked(hook: EventHook, out: Any) -> tuple[Event, ...]:
    if out is None:
        return ()
    events = out if isinstance(out, tuple) else (out,)
    for event in events:
        if not isinstance(event, _EVENTS):
            _fail(hook, f"returned {type(event).__name__}, which is no event")
    return events


def _fail(hook: object, what: str, exc: BaseException | None = None) -> NoReturn:
    _note(hook, what, exc)
    raise AddonFailure(f"The addon hook `{_name(hook)}` {what}; the request was stopped.") from exc


def _note(hook: object, what: str, exc: BaseException | None = None) -> None:
    name = _name(hook)
    log.error("addon failed", hook=name, what=what, exc_info=None if exc is None else _cut(exc))
    blame(hook, f"{name} {what}" if exc is None else f"{name} {what}: {told(exc)}")


def _cut(exc: BaseException) -> BaseException:
    """The exception with a traceback that begins in the addon, not in what called it."""
    trace = exc.__traceback__
    while trace is not None and trace.tb_next is not None and trace.tb_frame.f_code.co_filename in _OWN_FILES:
        trace = trace.tb_next
    return exc.with_traceback(trace)


def _name(hook: object) -> str:
    method = inner(hook)
    return str(getattr(method, "__qualname__", type(method).__name__))
