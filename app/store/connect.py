"""From a database address to an open connection.

Knows the addresses and SQLite's pragmas; knows nothing of tables.
"""

from typing import Any
from urllib.parse import urlsplit

from tortoise.backends.base.config_generator import expand_db_url
from tortoise.context import TortoiseContext
from tortoise.exceptions import BaseORMException, ConfigurationError

from app.settings.places import sqlite_file
from app.store.errors import StoreError
from app.store.migrate import apps_config
from app.store.tx import Database

BUSY_TIMEOUT_MS = 5000


async def connect(url: str, *, is_guest: bool) -> Database:
    """Open the database at `url`. A guest shares the file with a running gateway. Raises StoreError."""
    context = TortoiseContext()
    config = {"connections": {"default": _connection(url, is_guest)}, "apps": apps_config()}
    try:
        with context:
            await context.init(config=config)
            await context.db().execute_query("SELECT 1")
    except (BaseORMException, ConfigurationError, ImportError, OSError) as exc:
        await context.close_connections()
        raise StoreError(f"The database {shown(url)} cannot be opened: {exc}.") from exc
    return Database(context, is_sqlite=_is_sqlite(url))


def shown(url: str) -> str:
    """The address without a password in it."""
    parts = urlsplit(url)
    if parts.password is None:
        return url
    return parts._replace(netloc=parts.netloc.replace(f":{parts.password}@", ":***@")).geturl()


def _is_sqlite(url: str) -> bool:
    return url.startswith("sqlite://")


def _connection(url: str, is_guest: bool) -> dict[str, Any]:
    if not _is_sqlite(url):
        # Tortoise knows asyncpg under its own name; `postgres://` is what people write.
        _, _, rest = url.partition("://")
        return dict(expand_db_url(f"asyncpg://{rest}"))
    path = sqlite_file(url)
    # FULL, because a rotated refresh token must be on the disk before it is used, and because the usage
    # journal forgets what is committed. It costs one fsync per batch of rows.
    pragmas: dict[str, object] = {
        "busy_timeout": BUSY_TIMEOUT_MS,
        "synchronous": "FULL",
        "journal_size_limit": 16 * 1024 * 1024,
    }
    if is_guest:
        # Only one connection may move the log into the file: see app.store.file.has_wal_bug.
        pragmas["wal_autocheckpoint"] = 0
    return {"engine": "app.store.sqlite", "credentials": {"file_path": str(path or ":memory:"), **pragmas}}
