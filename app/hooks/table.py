"""The hooks in force, as one immutable table.

Loading compiles addons into a table; a change builds a new one, and a flow keeps the table it began with.
An unused hook costs one look at an empty tuple.
"""

from collections.abc import Awaitable, Callable, Iterable
from functools import wraps
from typing import Any, NamedTuple, TypeAlias

import structlog

from app.errors import GatewayError
from app.flow import Attempt, Flow
from app.hooks.errors import told
from app.hooks.listener import Listener, Report, listener
from app.hooks.member import Member
from app.hooks.spec import HOOKS
from app.ir.events import Event
from app.pool.model import PoolChange

log = structlog.get_logger("app.hooks")

FlowHook: TypeAlias = Callable[[Flow], Awaitable[None]]
AttemptHook: TypeAlias = Callable[[Flow, Attempt], Awaitable[None]]
EventHook: TypeAlias = Callable[[Flow, Event], Event | tuple[Event, ...] | None]
PoolHook: TypeAlias = Callable[[PoolChange], Awaitable[None]]


class HookTable(NamedTuple):
    """One tuple of listeners per hook, in the order in which they are called."""

    caller_known: tuple[FlowHook, ...] = ()
    prompt_read: tuple[FlowHook, ...] = ()
    attempt_started: tuple[AttemptHook, ...] = ()
    event: tuple[EventHook, ...] = ()
    attempt_ended: tuple[AttemptHook, ...] = ()
    flow_closed: tuple[FlowHook, ...] = ()
    pool_changed: tuple[PoolHook, ...] = ()


def compiled(members: Iterable[Member], report: Report = lambda _name, _words: None) -> HookTable:
    """The table of these addons, in their order; of those that have nothing to do, nothing.

    `report` is told of whatever goes wrong in their hooks.
    """
    listeners: dict[str, list[Any]] = {name: [] for name in HookTable._fields}
    for member in members:
        if member.is_active:
            for name in HookTable._fields:
                if name in member.hooks:
                    listeners[name].append(_bound(member, name, report))
    return HookTable(**{name: tuple(found) for name, found in listeners.items()})


def listeners_of(members: Iterable[Member]) -> dict[str, tuple[str, ...]]:
    """Hook to the names of the addons that listen there, in order; for people."""
    listening: dict[str, list[str]] = {name: [] for name in HookTable._fields}
    for member in members:
        for name in listening if member.is_active else ():
            if name in member.hooks:
                listening[name].append(member.name)
    return {name: tuple(found) for name, found in listening.items()}


_CHANGERS = {hook.name for hook in HOOKS if hook.kind == "changer"}


def _bound(member: Member, name: str, report: Report) -> Listener:
    hook = member.hooks[name]
    if member.tolerant and name in _CHANGERS:
        skipping = _skipping_event if name == "event" else _skipping
        hook = skipping(hook, lambda words: report(member.name, words))
    return listener(hook, member.name, report)


def _skipping(
    hook: Callable[..., Awaitable[None]], skipped: Callable[[str], None]
) -> Callable[..., Awaitable[None]]:
    @wraps(hook)
    async def call(*what: Any) -> None:
        try:
            await hook(*what)
        except GatewayError:
            raise
        except Exception as exc:  # the addon says of itself that a crash does no harm
            log.exception("addon skipped", hook=hook.__qualname__)
            skipped(f"{hook.__qualname__} was skipped: {told(exc)}")

    return call


def _skipping_event(hook: EventHook, skipped: Callable[[str], None]) -> EventHook:
    @wraps(hook)
    def call(flow: Flow, event: Event) -> Event | tuple[Event, ...] | None:
        try:
            return hook(flow, event)
        except GatewayError:
            raise
        except Exception as exc:  # the addon says of itself that a crash does no harm
            log.exception("addon skipped", hook=hook.__qualname__)
            skipped(f"{hook.__qualname__} was skipped: {told(exc)}")
            return event

    return call
