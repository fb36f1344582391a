"""Bringing the tables to the shape that this version of the program expects.

All pending migrations and their records are one transaction: a process that dies in between leaves the
database as it was. Never: migrates backwards by itself.
"""

from typing import Any

from msgspec import Struct
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.migrations.executor import MigrationExecutor

from app import resources
from app.store.errors import StoreTooNew
from app.store.tx import Database, run_in_tx, run_query

APP_LABEL = "gateway"
_POSTGRES_LOCK = 4_201_937_604  # any number, the same in every version


class SchemaStatus(Struct, frozen=True):
    """Names of migrations: applied and known, still to apply, applied by a newer version."""

    applied: tuple[str, ...]
    pending: tuple[str, ...]
    unknown: tuple[str, ...] = ()


def apps_config() -> dict[str, dict[str, Any]]:
    """Tortoise's description of our one app."""
    return {
        APP_LABEL: {
            "models": ["app.store.models"],
            "default_connection": "default",
            "migrations": resources.migrations_package(),
        }
    }


async def schema_status(database: Database) -> SchemaStatus:
    """What is applied and what is not; changes nothing."""
    return await run_query(database, _status)


async def upgrade(database: Database) -> tuple[str, ...]:
    """Apply what is pending; gives the names. Raises StoreTooNew before it changes anything.

    On PostgreSQL several processes take turns; on SQLite the caller holds the file's lock.
    """

    async def work(client: BaseDBAsyncClient) -> tuple[str, ...]:
        if not database.is_sqlite:
            await client.execute_query("SELECT pg_advisory_xact_lock($1)", [_POSTGRES_LOCK])
        await _prepare(client)
        status = await _status(client)
        if status.unknown:
            names = ", ".join(status.unknown)
            raise StoreTooNew(f"A newer version has changed the database ({names}); update this one.")
        await MigrationExecutor(client, apps_config()).migrate(direction="forward")
        return status.pending

    return await run_in_tx(database, work)


async def _prepare(client: BaseDBAsyncClient) -> None:
    """Make the table of applied migrations first: asking for a table that is not there would end a
    PostgreSQL transaction."""
    executor = MigrationExecutor(client, apps_config())
    await executor.recorder.ensure_schema(executor._schema_editor(atomic=False))


async def _status(client: BaseDBAsyncClient) -> SchemaStatus:
    executor = MigrationExecutor(client, apps_config())
    await executor.loader.build_graph()
    applied = {key.name for key in executor.loader.applied_migrations}
    known = {key.name for key in executor.loader.disk_migrations}
    return SchemaStatus(
        applied=tuple(sorted(applied & known)),
        pending=tuple(sorted(known - applied)),
        unknown=tuple(sorted(applied - known)),
    )
