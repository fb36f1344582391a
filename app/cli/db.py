"""`db`: the database as a whole."""

from pathlib import Path

import click

from app.cli.opening import Setup, finish, json_option, pass_setup, show_json
from app.settings.places import database_url
from app.store import upkeep


@click.group(name="db")
def group() -> None:
    """Look at the database, bring it up to date, copy it."""


@group.command()
@json_option
@pass_setup
def upgrade(setup: Setup, as_json: bool) -> None:
    """Bring the tables up to date. `serve` does so by itself."""
    applied = finish(upkeep.upgrade(database_url(setup.settings())))
    if as_json:
        show_json({"applied": applied})
    else:
        click.echo(f"Applied: {', '.join(applied)}." if applied else "The database is up to date.")


@group.command()
@json_option
@pass_setup
def status(setup: Setup, as_json: bool) -> None:
    """Tell how the database stands; exit code 1 when this version cannot work with it as it is."""
    found = finish(upkeep.status(database_url(setup.settings())))
    if as_json:
        show_json({"current": found.is_current, **_fields(found)})
    else:
        click.echo(_sentence(found))
    if not found.is_current:
        raise click.exceptions.Exit(1)


@group.command()
@click.argument("target", required=False, type=click.Path(dir_okay=False, path_type=Path))
@json_option
@pass_setup
def backup(setup: Setup, target: Path | None, as_json: bool) -> None:
    """Copy the database, also while a gateway uses it; to TARGET, or into `backups` beside it.

    Tokens in the copy stay sealed: keep ENCRYPTION_KEY, or the file with generated secrets, elsewhere.
    """
    copy = finish(upkeep.back_up(database_url(setup.settings()), target))
    if as_json:
        show_json({"backup": str(copy), "size_bytes": copy.stat().st_size})
    else:
        click.echo(str(copy))


def _fields(found: upkeep.DatabaseStatus) -> dict[str, object]:
    return {name: getattr(found, name) for name in found.__struct_fields__}


def _sentence(found: upkeep.DatabaseStatus) -> str:
    if not found.exists:
        return f"{found.url}: not there yet; `serve` or `db upgrade` makes it."
    parts = [f"{found.url}: {len(found.applied)} applied"]
    if found.pending:
        parts.append(f"to apply: {', '.join(found.pending)}")
    if found.unknown:
        parts.append(f"from a newer version: {', '.join(found.unknown)}")
    if found.size_bytes is not None:
        parts.append(f"{found.size_bytes / 1e6:.1f} MB")
    parts.append(f"newest backup: {found.newest_backup or 'none'}")
    return "; ".join(parts) + "."
