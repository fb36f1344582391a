"""Looking at a SQLite file before it is used, and copying one that is in use.

Blocking; callers use a thread. Never: changes the file it looks at.
"""

import os
import sqlite3
import time
from contextlib import closing
from pathlib import Path

from app.store.errors import StoreCorrupt, StoreError

BACKUP_FOLDER = "backups"

# Two connections to one WAL file and unlucky checkpoints can corrupt it in SQLite 3.7.0 to 3.51.2;
# these lines of releases got the correction. Source: sqlite.org, "WAL-reset bug".
_MENDED = ((3, 44, 6), (3, 50, 7), (3, 51, 3))


def prepare(path: Path) -> None:
    """Make the folder and the file, both for the owner alone. Raises StoreError when that is impossible."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as exc:
        raise StoreError(f"The database {path} cannot be opened for writing: {exc.strerror}.") from exc
    if not os.access(path.parent, os.W_OK):
        raise StoreError(f"The folder {path.parent} of the database is not writable.")


def check(path: Path) -> None:
    """Raises StoreCorrupt when the file is damaged, and says where the newest backup lies.

    Raises StoreError when it cannot be looked at: rights, a full disk, no file at all.
    """
    try:
        with closing(sqlite3.connect(path, timeout=5.0)) as connection:
            (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.DatabaseError as exc:
        code = getattr(exc, "sqlite_errorcode", 0) & 0xFF
        if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            return  # somebody else works on it, so it was fine a moment ago
        if code not in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
            raise StoreError(f"The database {path} cannot be used: {exc}.") from exc
        verdict = str(exc)
    if verdict != "ok":
        raise StoreCorrupt(
            f"The database {path} is damaged ({verdict}). It was left as it is. {_advice(path)}"
        )


def newest_backup(path: Path) -> Path | None:
    """The newest copy that `back_up` put beside the database."""
    copies = sorted((path.parent / BACKUP_FOLDER).glob(f"{path.stem}-*{path.suffix}"))
    return copies[-1] if copies else None


def back_up(path: Path, target: Path | None = None) -> Path:
    """A consistent copy of the database, also while it is in use; gives its path."""
    copy = (
        target or path.parent / BACKUP_FOLDER / f"{path.stem}-{time.strftime('%Y%m%d-%H%M%S')}{path.suffix}"
    )
    if copy.exists():
        raise StoreError(f"{copy} is there already and was left as it is.")
    prepare(copy)
    try:
        with closing(sqlite3.connect(path, timeout=5.0)) as source, closing(sqlite3.connect(copy)) as sink:
            source.backup(sink)
    except sqlite3.Error as exc:
        copy.unlink(missing_ok=True)
        raise StoreError(f"The copy to {copy} failed: {exc}.") from exc
    return copy


def has_wal_bug(version: tuple[int, ...] = sqlite3.sqlite_version_info) -> bool:
    """Whether this SQLite can corrupt a file that two processes write at once."""
    return version < _MENDED[-1] and not any(version[:2] == m[:2] and version >= m for m in _MENDED)


def _advice(path: Path) -> str:
    backup = newest_backup(path)
    return (
        f"The newest backup is {backup}."
        if backup
        else f"There is no backup in {path.parent / BACKUP_FOLDER}."
    )
