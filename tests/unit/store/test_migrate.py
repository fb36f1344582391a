"""Tables and migrations."""

from importlib import import_module
from typing import Any

import pytest
from tortoise.context import TortoiseContext
from tortoise.fields import Field
from tortoise.migrations.autodetector import MigrationAutodetector
from tortoise.migrations.operations import AddField
from tortoise.migrations.recorder import MigrationRecorder

from app.store import migrate
from app.store.connect import connect
from app.store.errors import StoreTooNew
from app.store.migrate import apps_config, schema_status, upgrade
from app.store.tx import Database, run_query
from tests.support.store import IN_MEMORY


async def tables(database: Database) -> set[str]:
    async def work(client: Any) -> set[str]:
        _, rows = await client.execute_query("SELECT name FROM sqlite_master WHERE type = 'table'")
        return {row["name"] for row in rows} - {"sqlite_sequence", "tortoise_migrations"}

    return await run_query(database, work)


async def test_models_and_migrations_do_not_differ() -> None:
    """architecture.md 12; ecosystem.md 2.3: no `--check` in Tortoise, so it is done here."""
    async with TortoiseContext() as context:
        await context.init(config={"connections": {"default": IN_MEMORY}, "apps": apps_config()})
        assert context.apps is not None
        changes = await MigrationAutodetector(context.apps, apps_config()).changes()

    assert [str(writer.operations) for writer in changes] == []


async def test_a_fresh_database_is_brought_up_to_date_once() -> None:
    """architecture.md 12."""
    database = await connect(IN_MEMORY, is_guest=False)
    before = await schema_status(database)

    applied = await upgrade(database)
    again = await upgrade(database)

    assert before.pending == applied == (await schema_status(database)).applied
    assert again == ()
    assert "accounts" in await tables(database)
    await database.close()


async def test_a_migration_that_fails_on_the_way_leaves_nothing_behind(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """faults.md F108: the record and the tables are one transaction."""

    async def dies(*_: object) -> None:
        raise RuntimeError("power cut")

    database = await connect(IN_MEMORY, is_guest=False)
    with monkeypatch.context() as patch:
        patch.setattr(MigrationRecorder, "record_applied", dies)
        with pytest.raises(RuntimeError, match="power cut"):
            await upgrade(database)
    assert await tables(database) == set()

    assert await upgrade(database) != ()
    await database.close()


async def test_a_database_of_a_newer_version_is_refused_and_not_touched() -> None:
    """ecosystem.md 2.3: refuse to serve when heads differ."""

    async def newer(client: Any) -> None:
        await MigrationRecorder(client).record_applied(migrate.APP_LABEL, "9999_from_the_future")

    database = await connect(IN_MEMORY, is_guest=False)
    await upgrade(database)
    await run_query(database, newer)

    with pytest.raises(StoreTooNew, match="9999_from_the_future"):
        await upgrade(database)
    assert (await schema_status(database)).unknown == ("9999_from_the_future",)
    await database.close()


async def test_every_column_that_was_added_later_is_nullable_or_has_a_default_in_the_database() -> None:
    """ecosystem.md 2.3: NOT NULL with `default=` fails on a table with rows."""
    database = await connect(IN_MEMORY, is_guest=False)
    names = (await schema_status(database)).pending
    await database.close()

    modules = [import_module(f"{apps_config()[migrate.APP_LABEL]['migrations']}.{name}") for name in names]
    added = [op for module in modules for op in module.Migration.operations if isinstance(op, AddField)]

    assert [op.name for op in added if isinstance(op.field, Field) and not _can_be_added(op.field)] == []


def _can_be_added(field: Field[Any]) -> bool:
    return field.null or field.has_db_default()
