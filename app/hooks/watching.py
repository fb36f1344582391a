"""Addon files that are loaded anew when they change; a job for development.

Never: a file that was not loaded at the start.
"""

import asyncio
from pathlib import Path

import structlog

from app.hooks.errors import AddonRefused
from app.hooks.loader import is_file
from app.hooks.roster import Roster

log = structlog.get_logger("app.hooks")


class WatchFiles:
    """Looks at the files once a second. One that cannot be loaded leaves what is in force alone."""

    every_s = 1.0

    def __init__(self, roster: Roster, specs: tuple[str, ...]) -> None:
        self._roster = roster
        self._files = tuple(spec for spec in specs if is_file(spec))
        self._seen = {spec: _stamp(spec) for spec in self._files}

    async def run_once(self) -> None:
        """Reload what changed since the last look."""
        for spec in self._files:
            stamp = await asyncio.to_thread(_stamp, spec)
            if stamp == self._seen[spec] or stamp is None:
                continue
            self._seen[spec] = stamp
            try:
                await self._roster.reload(spec)
            except AddonRefused as exc:
                log.error("addon not reloaded", addon=spec, why=str(exc))
            else:
                log.info("addon reloaded", addon=spec)


def _stamp(spec: str) -> tuple[int, int] | None:
    """What tells a changed file from an unchanged one; None while there is no file, as editors have it."""
    try:
        seen = Path(spec).stat()
    except OSError:
        return None
    return seen.st_mtime_ns, seen.st_size
