"""Where on disk things live that belong to a settings tree.

Never: touches the disk.
"""

from pathlib import Path

from app.settings.schema import Settings

_SQLITE = "sqlite://"


def database_url(settings: Settings) -> str:
    """The database's address, made from `DB_PATH` when none is set."""
    return settings.database.database_url or _SQLITE + settings.database.db_path


def data_folder(settings: Settings) -> Path:
    """The folder beside the database, for generated secrets and the usage journal."""
    file = sqlite_file(database_url(settings))
    return (file or Path(settings.database.db_path)).parent


def sqlite_file(url: str) -> Path | None:
    """The file an address names; None for another database and for one in memory."""
    if not url.startswith(_SQLITE):
        return None
    path = url.removeprefix(_SQLITE).partition("?")[0]
    return None if path in ("", ":memory:") else Path(path)
