"""Tables and migrations."""

from collections.abc import Iterable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from tortoise.context import TortoiseContext
from tortoise.fields import Field
from tortoise.migrations.autodetector import MigrationAutodetector
from tortoise.migrations.executor import MigrationExecutor, MigrationTarget
from tortoise.migrations.operations import AddField, Operation
from tortoise.migrations.recorder import MigrationRecorder

from app.ids import FlowId
from app.store import migrate
from app.store.connect import connect
from app.store.errors import StoreTooNew
from app.store.migrate import apps_config, schema_status, upgrade
from app.store.together import Together
from app.store.tx import Database, run_query
from tests.support.store import A_MINUTE, A_START, IN_MEMORY, a_store, url_in


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
    added = [
        op for module in modules for op in _single(module.Migration.operations) if isinstance(op, AddField)
    ]

    assert added

    assert [op.name for op in added if isinstance(op.field, Field) and not _can_be_added(op.field)] == []


def _single(operations: Iterable[Operation]) -> Iterator[Operation]:
    for operation in operations:
        yield from operation.operations if isinstance(operation, Together) else (operation,)


def _can_be_added(field: Field[Any]) -> bool:
    return field.null or field.has_db_default()


async def test_rows_of_an_earlier_release_are_kept_and_counted_where_the_panel_looks(tmp_path: Path) -> None:
    """architecture.md 12; complaints.md 42: what was counted before an upgrade is there after it."""
    database = await connect(url_in(tmp_path), is_guest=False)

    async def earlier(client: Any) -> None:
        executor = MigrationExecutor(client, apps_config())
        await executor.migrate([MigrationTarget(migrate.APP_LABEL, "0003_refresh_runs")])
        await client.execute_query(
            "INSERT INTO flows (id, started_at, minute, instance, key, dialect, model_asked, model, account, "
            "streamed, outcome, code, status, attempts, phase, first_output_ms, duration_ms, bytes_out, "
            "prompt_tokens, cached_tokens, output_tokens, thought_tokens, usage_source, client_gone, notes) "
            "VALUES ('req_old', ?, ?, 'main', 'key_a', 'anthropic', 'm', 'm', 'acc_a', 1, 'ok', '', 200, 1, "
            "'output', 700, 900, 1, 10, 0, 5, 0, 'upstream', 0, '[]')",
            [A_START, A_MINUTE],
        )
        await client.execute_query(
            "INSERT INTO usage (id, minute, key, model, account, requests, failures, estimated, "
            "prompt_tokens, cached_tokens, output_tokens, thought_tokens) "
            "VALUES ('x', ?, 'key_a', 'm', 'acc_a', 3, 1, 0, 30, 0, 15, 0)",
            [A_MINUTE],
        )

    await run_query(database, earlier)
    await database.close()

    async with a_store(tmp_path) as store:
        old = await store.flows.find(FlowId("req_old"))
        line = await store.usage_reader.total(A_START, A_START + 1)

    assert old is not None
    assert (old.origin, old.queue_ms, old.passed) == ("client", None, ())
    assert (line.sums.requests, line.sums.failures, line.sums.output_tokens) == (3, 1, 15)
    assert line.first_output_p50_ms == pytest.approx(700, rel=0.05)
