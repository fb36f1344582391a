"""The hooks in force, as one immutable table.

Loading compiles addons into a table; a change builds a new one and swaps the reference, so a flow keeps
the table it began with and an unused hook costs one look at an empty tuple.
"""

from collections.abc import Awaitable, Callable
from typing import NamedTuple, TypeAlias

from app.flow import Attempt, Flow
from app.ir.events import Event

FlowHook: TypeAlias = Callable[[Flow], Awaitable[None]]
AttemptHook: TypeAlias = Callable[[Flow, Attempt], Awaitable[None]]
EventHook: TypeAlias = Callable[[Flow, Event], Event | tuple[Event, ...] | None]


class HookTable(NamedTuple):
    """One tuple of listeners per hook, in the order in which they are called."""

    caller_known: tuple[FlowHook, ...] = ()
    prompt_read: tuple[FlowHook, ...] = ()
    attempt_started: tuple[AttemptHook, ...] = ()
    event: tuple[EventHook, ...] = ()
    attempt_ended: tuple[AttemptHook, ...] = ()
    flow_closed: tuple[FlowHook, ...] = ()
