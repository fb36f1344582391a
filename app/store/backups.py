"""Copies of the database that lie beside it: listed, found by name, removed.

Tokens inside are sealed as they are in the database. Blocking; callers use a thread. Never: another file.
"""

from pathlib import Path

from msgspec import Struct

from app.store.file import BACKUP_FOLDER


class Backup(Struct, frozen=True, kw_only=True):
    """One copy. `made_at` is in epoch seconds."""

    name: str
    size_bytes: int
    made_at: float


def backups(database: Path) -> tuple[Backup, ...]:
    """The copies that lie beside a database, newest first."""
    found = []
    for path in _paths(database):
        about = path.stat()
        found.append(Backup(name=path.name, size_bytes=about.st_size, made_at=about.st_mtime))
    return tuple(sorted(found, key=lambda one: (one.made_at, one.name), reverse=True))


def backup_named(database: Path, name: str) -> Path | None:
    """The copy of that name; None for anything that is not in the list."""
    return next((path for path in _paths(database) if path.name == name), None)


def _paths(database: Path) -> list[Path]:
    folder = database.parent / BACKUP_FOLDER
    found = folder.glob(f"{database.stem}-*{database.suffix}")
    return [path for path in found if path.is_file() and not path.is_symlink()]
