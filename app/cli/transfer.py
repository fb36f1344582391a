"""`account export` and `account import`: accounts in a file, sealed with a passphrase."""

import os
import sys
from pathlib import Path
from typing import BinaryIO

import click

from app.cli.opening import Setup, json_option, pass_setup, show_json, with_store
from app.store.errors import StoreError
from app.store.lifecycle import Store
from app.store.parcel import (
    LARGEST_BYTES,
    SHORTEST_PASSPHRASE,
    PackedAccount,
    is_sealed,
    pack,
    unpack,
)

_PASSPHRASE = "EXPORT_PASSPHRASE"  # noqa: S105 - the name of a variable


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, allow_dash=True))
@click.option("--plain", is_flag=True, help="Do not seal. Whoever has the file has the accounts.")
@json_option
@pass_setup
def export(setup: Setup, file: str, plain: bool, as_json: bool) -> None:
    """Write all accounts with their tokens to FILE, `-` for stdout.

    The passphrase is asked for, or taken from the variable EXPORT_PASSPHRASE.
    """
    passphrase = None if plain else _passphrase(confirm=True)

    async def work(store: Store) -> list[PackedAccount]:
        return [
            PackedAccount(email=a.email, refresh_token=a.refresh_token, project=a.project, enabled=a.enabled)
            for a in await store.accounts.all()
            if a.refresh_token
        ]

    accounts = with_store(setup, work)
    content = pack(accounts, passphrase)
    if file == "-":
        sys.stdout.buffer.write(content)
        return
    _write(Path(file), content)
    if as_json:
        show_json({"file": file, "accounts": len(accounts), "sealed": not plain})
    else:
        click.echo(f"{len(accounts)} accounts are in {file}.")


@click.command(name="import")
@click.argument("file", type=click.File("rb"))
@json_option
@pass_setup
def import_(setup: Setup, file: BinaryIO, as_json: bool) -> None:
    """Add the accounts of FILE, `-` for stdin. Known addresses get the token of the file."""
    content = file.read(LARGEST_BYTES + 1)
    try:
        passphrase = _passphrase(confirm=False) if is_sealed(content) else None
        accounts = unpack(content, passphrase)
    except StoreError as exc:
        raise click.ClickException(str(exc)) from exc

    async def work(store: Store) -> list[str]:
        for packed in accounts:
            account = await store.accounts.add(
                email=packed.email, refresh_token=packed.refresh_token, project=packed.project
            )
            if not packed.enabled:
                await store.accounts.set_enabled(account.id, enabled=False)
        return [packed.email for packed in accounts]

    added = with_store(setup, work)
    if as_json:
        show_json({"accounts": added})
    else:
        click.echo(f"{len(added)} accounts are in the pool.")


def _passphrase(*, confirm: bool) -> str:
    phrase = os.environ.get(_PASSPHRASE)
    if phrase is None:
        phrase = click.prompt("Passphrase", hide_input=True, confirmation_prompt=confirm, err=True)
    if confirm and len(phrase) < SHORTEST_PASSPHRASE:
        raise click.UsageError(f"The passphrase is shorter than {SHORTEST_PASSPHRASE} characters.")
    return phrase


def _write(path: Path, content: bytes) -> None:
    """Put the file there for its owner alone; one that is there already is left alone."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as exc:
        raise click.ClickException(f"{path} is there already and was left as it is.") from exc
    except OSError as exc:
        raise click.ClickException(f"{path} cannot be written: {exc.strerror}.") from exc
    with os.fdopen(handle, "wb") as file:
        file.write(content)
