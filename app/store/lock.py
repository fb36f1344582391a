"""A lock between processes that ends with its process, on every platform: an open transaction on a small
SQLite file. The file itself stays and means nothing.

Never: used for anything inside one process.
"""

import os
import sqlite3
from pathlib import Path

from app.store.errors import StoreError, StoreLocked


class FileLock:
    """A lock that is held from `take` to `release`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    @classmethod
    def take(cls, path: Path, *, wait_s: float) -> "FileLock":
        """Take the lock, waiting at most `wait_s`; blocks the thread. Raises StoreLocked, StoreError."""
        try:
            # For the owner alone: whoever may read the file could hold its lock against us.
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
            connection = sqlite3.connect(path, timeout=wait_s, isolation_level=None, check_same_thread=False)
        except (sqlite3.Error, OSError) as exc:
            raise StoreError(f"The lock file {path} cannot be opened: {exc}.") from exc
        try:
            connection.execute("BEGIN EXCLUSIVE").close()
        except sqlite3.Error as exc:
            connection.close()
            if _is_busy(exc):
                raise StoreLocked(f"Another process holds {path}.") from exc
            raise StoreError(f"The lock file {path} cannot be locked: {exc}.") from exc
        return cls(connection)

    def release(self) -> None:
        """Let go; more than once does no harm."""
        self._connection.close()


def _is_busy(exc: sqlite3.Error) -> bool:
    return getattr(exc, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY
