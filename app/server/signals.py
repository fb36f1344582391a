"""What protocols tell their connection beyond Hypercorn's own events.

Never: behaviour.
"""

from dataclasses import dataclass

from hypercorn.events import Event


@dataclass(frozen=True)
class HeadBegun(Event):
    """An idle client has begun a request: its head must be complete before long."""


@dataclass(frozen=True)
class Lingering(Event):
    """All has been said, but the client is still sending: close soon, not at once."""


@dataclass(frozen=True)
class Abused(Event):
    """The client does what no honest one does; `why` is for the log."""

    why: str
