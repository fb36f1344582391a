"""`account export` and `account import`: accounts in a file, sealed with a passphrase or plain."""

import os
import sys
from pathlib import Path
from typing import BinaryIO

import click

from app.cli.opening import Setup, json_option, pass_setup, show_json, with_store
from app.gateway.transfer import Arrival, arrivals, packed
from app.store.errors import StoreError
from app.store.lifecycle import Store
from app.store.parcel import (
    LARGEST_BYTES,
    SHORTEST_PASSPHRASE,
    PackedAccount,
    is_sealed,
    pack,
    problems_of,
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

    accounts = with_store(setup, packed)
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
@click.option("--dry-run", is_flag=True, help="Tell what would happen, and change nothing.")
@json_option
@pass_setup
def import_(setup: Setup, file: BinaryIO, dry_run: bool, as_json: bool) -> None:
    """Add the accounts of FILE, `-` for stdin. Known addresses keep their account and get the file's token.

    FILE is an export, or a JSON list of {email, refresh_token, project_id?, enabled?}. All of it is checked
    first; then all accounts are added, or none.
    """
    accounts = _checked(file.read(LARGEST_BYTES + 1))

    async def work(store: Store) -> list[Arrival]:
        effects = await arrivals(store, accounts)
        if not dry_run:
            await store.accounts.add_all(accounts)
        return effects

    effects = with_store(setup, work)
    if as_json:
        show_json({"dry_run": dry_run, "accounts": effects})
        return
    for effect in effects:
        click.echo(f"{effect.email}: {effect.effect}")
    verb = "would be" if dry_run else "are"
    click.echo(f"{len(effects)} accounts {verb} in the pool.")


def _checked(content: bytes) -> tuple[PackedAccount, ...]:
    """The accounts of a file in which nothing is wrong. Raises ClickException with everything that is."""
    try:
        passphrase = _passphrase(confirm=False) if is_sealed(content) else None
        accounts = unpack(content, passphrase)
    except StoreError as exc:
        raise click.ClickException(str(exc)) from exc
    if problems := problems_of(accounts):
        raise click.ClickException("Nothing was imported.\n" + "\n".join(problems))
    return accounts


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
