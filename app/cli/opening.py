"""What commands that work on the store share: where settings come from, opening it, the right exit code.

Exit codes: 0 done, 1 failed, 2 used wrongly. What was asked for goes to stdout, everything else to stderr.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, TypeVar

import click
import msgspec
import structlog
from msgspec import Struct

from app.cli.configuration import read_settings
from app.cli.examine import Examine, examiner
from app.observe.logging import configure_logging
from app.plain import shown
from app.pool.model import Account
from app.settings.load import SettingsError
from app.settings.places import data_folder, database_url
from app.settings.schema import Settings
from app.settings.secrets import complete
from app.store.errors import StoreError
from app.store.lifecycle import Store, opened
from app.store.seal import Seal

T = TypeVar("T")


class Setup(Struct, frozen=True, kw_only=True):
    """What a command stands on; tests put their own into the click context's `obj`."""

    settings: Callable[[], Settings] = read_settings
    examiner: Callable[[Settings], AbstractAsyncContextManager[Examine]] = examiner


pass_setup = click.make_pass_decorator(Setup, ensure=True)

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@asynccontextmanager
async def open_store(settings: Settings) -> AsyncIterator[Store]:
    """The store as a guest, beside a gateway that may be running."""
    # The panel's password is left to `serve`, which can show it.
    filled = complete(settings, data_folder(settings), make_password=False).settings
    async with opened(database_url(filled), Seal(filled.admin.encryption_key)) as store:
        yield store


def finish(work: Coroutine[Any, Any, T]) -> T:
    """Run a command's work to its end; what an operator can mend becomes one line and exit code 1."""
    logging = None if structlog.is_configured() else configure_logging("warning")
    try:
        return asyncio.run(work)
    except StoreError as exc:
        raise click.ClickException(str(exc)) from exc
    except SettingsError as exc:
        raise click.UsageError(str(exc)) from exc
    finally:
        if logging is not None:
            logging.close()


def show_json(value: object) -> None:
    """One JSON document on stdout; what a terminal would not show as it is stands there escaped."""
    plain = msgspec.to_builtins(value)
    text = json.dumps(plain, indent=2, ensure_ascii=False)
    if not text.replace("\n", "").isprintable():
        text = json.dumps(plain, indent=2).replace("\x7f", "\\u007f")
    click.echo(text)


def show_table(heads: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> None:
    """Columns as wide as their widest cell."""
    lines = [tuple(map(shown, cells)) for cells in (heads, *rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for cells in lines:
        padded = (cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
        click.echo("  ".join(padded).rstrip())


async def account_named(store: Store, who: str) -> Account:
    """The account of that address or id. Raises ClickException when there is none."""
    for account in await store.accounts.all():
        if who in (account.id, account.email) or who.strip().lower() == account.email:
            return account
    raise click.ClickException(f"There is no account `{who}`.")


Work = Callable[[Store], Awaitable[T]]


def with_store(setup: Setup, work: Work[T]) -> T:
    """Do `work` on the store and close it."""

    async def whole() -> T:
        async with open_store(setup.settings()) as store:
            return await work(store)

    return finish(whole())
