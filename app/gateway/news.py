"""What has changed, for whoever is watching: a counter per topic, and a wake-up.

Nothing is queued, so nobody can fall behind: who wakes late learns which topics moved since it last looked,
and looks at them again. Never: what exactly changed.
"""

import asyncio
from collections.abc import Mapping

TOPICS = ("accounts", "requests", "jobs", "keys", "settings")


class News:
    """Counters of changes. For one event loop."""

    def __init__(self) -> None:
        self._counts = dict.fromkeys(TOPICS, 0)
        self._moved = asyncio.Event()

    @property
    def counts(self) -> Mapping[str, int]:
        """How often each topic has changed since the start."""
        return self._counts

    def note(self, topic: str) -> None:
        """Something of that topic has changed."""
        self._counts[topic] += 1
        self._moved.set()

    async def moved(self) -> None:
        """Return at the next change of any topic."""
        self._moved.clear()
        await self._moved.wait()
