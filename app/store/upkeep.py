"""What an operator does to a database as a whole: look, upgrade, copy.

For commands. Never: needs the keys that seal what is inside.
"""

import asyncio
from pathlib import Path

from msgspec import Struct

from app.settings.places import sqlite_file
from app.store import file, migrate
from app.store.connect import connect, shown
from app.store.errors import StoreError
from app.store.lifecycle import brought_up_to_date


class DatabaseStatus(Struct, frozen=True, kw_only=True):
    """A database from outside. `size_bytes` and `newest_backup` are only known of a file."""

    url: str
    exists: bool
    applied: tuple[str, ...] = ()
    pending: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    size_bytes: int | None = None
    newest_backup: str | None = None

    @property
    def is_current(self) -> bool:
        """Whether this version of the program can work with it as it is."""
        return self.exists and not self.pending and not self.unknown


async def status(url: str) -> DatabaseStatus:
    """How a database stands; changes nothing. Raises StoreError, StoreCorrupt for a damaged file."""
    path = sqlite_file(url)
    if path is not None and not path.exists():
        return DatabaseStatus(url=shown(url), exists=False)
    if path is not None:
        await asyncio.to_thread(file.check, path)
    database = await connect(url, is_guest=True)
    try:
        schema = await migrate.schema_status(database)
    finally:
        await database.close()
    backup = None if path is None else file.newest_backup(path)
    return DatabaseStatus(
        url=shown(url),
        exists=True,
        applied=schema.applied,
        pending=schema.pending,
        unknown=schema.unknown,
        size_bytes=None if path is None else path.stat().st_size,
        newest_backup=None if backup is None else str(backup),
    )


async def upgrade(url: str) -> tuple[str, ...]:
    """Bring the tables up to date; gives what was applied. Raises StoreError and its kin."""
    path = sqlite_file(url)
    if path is not None:
        await asyncio.to_thread(file.prepare, path)
    database = await connect(url, is_guest=True)
    try:
        return await brought_up_to_date(database, path, is_guest=True)
    finally:
        await database.close()


async def back_up(url: str, target: Path | None) -> Path:
    """Copy the database while it may be in use; gives the copy's path. Raises StoreError."""
    path = sqlite_file(url)
    if path is None:
        raise StoreError("Only a SQLite file can be copied; PostgreSQL has pg_dump.")
    if not path.exists():
        raise StoreError(f"There is no database {path} yet.")
    return await asyncio.to_thread(file.back_up, path, target)
