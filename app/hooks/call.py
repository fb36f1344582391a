"""Calling hooks: changers fail closed, watchers are contained.

A changer that raises anything but a refusal fails the flow: a redaction that crashed must not let the
text through. A watcher's trouble is logged and the flow goes on.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial

import structlog

from app.errors import AddonFailure, GatewayError
from app.flow import Attempt, EventFilter, Flow
from app.hooks.table import AttemptHook, EventHook, FlowHook
from app.ir.events import Event

log = structlog.get_logger("app.hooks")

WATCHER_LIMIT_S = 2.0


async def change_flow(hooks: Sequence[FlowHook], flow: Flow) -> None:
    """Call changers in order. Raises their refusals, and AddonFailure for anything else."""
    for hook in hooks:
        try:
            await hook(flow)
        except GatewayError:
            raise
        except Exception as exc:  # whatever an addon raises must stop the request
            raise _failure(hook) from exc


async def change_attempt(hooks: Sequence[AttemptHook], flow: Flow, attempt: Attempt) -> None:
    """As `change_flow`, for hooks about one attempt."""
    for hook in hooks:
        try:
            await hook(flow, attempt)
        except GatewayError:
            raise
        except Exception as exc:  # whatever an addon raises must stop the request
            raise _failure(hook) from exc


def event_filter(hooks: Sequence[EventHook], flow: Flow) -> EventFilter:
    """The `event` listeners of a table as one filter for one flow."""

    def apply(event: Event) -> tuple[Event, ...]:
        events: tuple[Event, ...] = (event,)
        for hook in hooks:
            events = tuple(out for item in events for out in _call_event(hook, flow, item))
        return events

    return apply


async def watch(hook: Callable[[], Awaitable[None]]) -> None:
    """Call one watcher, for at most two seconds. Never raises, apart from a cancellation."""
    try:
        async with asyncio.timeout(WATCHER_LIMIT_S):
            await hook()
    except TimeoutError:
        log.warning("watcher took too long", hook=_name(hook), limit_s=WATCHER_LIMIT_S)
    except Exception:  # a watcher must not touch the flow, whatever it raises
        log.exception("watcher failed", hook=_name(hook))


def _call_event(hook: EventHook, flow: Flow, event: Event) -> tuple[Event, ...]:
    try:
        out = hook(flow, event)
    except GatewayError:
        raise
    except Exception as exc:  # whatever an addon raises must stop the stream
        raise _failure(hook) from exc
    if out is None:
        return ()
    return out if isinstance(out, tuple) else (out,)


def _failure(hook: object) -> AddonFailure:
    return AddonFailure(f"The addon hook `{_name(hook)}` failed; the request was stopped.")


def _name(hook: object) -> str:
    hook = hook.func if isinstance(hook, partial) else hook
    return str(getattr(hook, "__qualname__", type(hook).__name__))
