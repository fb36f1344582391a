"""What was turned of addons, as the database keeps it beside the knobs.

Never: puts anything in force.
"""

from typing import Final

import structlog
from msgspec.structs import replace

from app.addons.spend_guard import SpendGuard
from app.hooks.turned import AS_STARTED, Turned, spelled, stored_name, turned_of
from app.store.knobs import Knobs, StoredKnobs

ALWAYS_ON: Final = frozenset({SpendGuard.name})
"""Addons that cannot be switched off: without them keys would have no limits."""

log = structlog.get_logger("app.gateway")


class StoredTurns:
    """Remembers what was read last; `first` is that at the start."""

    def __init__(self, knobs: StoredKnobs, first: Knobs) -> None:
        self._knobs = knobs
        self._last = first

    def of(self, name: str) -> Turned:
        """What was turned of the addon of that name, when it was last read."""
        try:
            turned = turned_of(self._last.values, name)
        except ValueError as exc:
            log.warning("a stored value is passed over", why=str(exc))
            return AS_STARTED
        return replace(turned, enabled=True) if name in ALWAYS_ON else turned

    async def keep(self, name: str, turned: Turned) -> None:
        """Store what was turned of an addon."""
        self._last = await self._knobs.put(stored_name(name), spelled(turned))

    async def read(self) -> bool:
        """Read all of it anew; whether anything may have changed."""
        before, self._last = self._last, await self._knobs.read()
        return self._last.version != before.version
