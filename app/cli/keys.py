"""`key`: the keys that clients show."""

from typing import Any

import click

from app.cli.opening import Setup, json_option, pass_setup, show_json, show_table, with_store
from app.clock import SystemClock
from app.store.keys import FreshKey, KeyRecord
from app.store.lifecycle import Store

_NEVER = "-"


@click.group(name="key")
def group() -> None:
    """Make, list and revoke client keys."""


@group.command()
@click.option("--name", required=True, help="What to call the key; for people.")
@click.option("--model", "models", multiple=True, help="Allow only this model; may be given several times.")
@click.option("--days", type=click.IntRange(min=1), help="Let the key end after so many days.")
@click.option("--quiet", is_flag=True, help="Print the bare key and nothing else.")
@json_option
@pass_setup
def create(
    setup: Setup, name: str, models: tuple[str, ...], days: int | None, quiet: bool, as_json: bool
) -> None:
    """Make a key. It is shown this once."""
    if not name.strip() or len(name) > 200:
        raise click.BadParameter("A name has 1 to 200 characters.", param_hint="--name")
    expires_at = None if days is None else SystemClock().now() + days * 86_400

    async def work(store: Store) -> FreshKey:
        allowed = frozenset(models) or None
        return await store.keys.create(name.strip(), models=allowed, expires_at=expires_at)

    fresh = with_store(setup, work)
    if as_json:
        show_json({"key": fresh.secret, **_told(fresh.record)})
    elif quiet:
        click.echo(fresh.secret)
    else:
        click.echo(fresh.secret)
        click.echo(f"This is the key `{fresh.record.name}`. It is not shown again.", err=True)


@group.command(name="list")
@json_option
@pass_setup
def list_keys(setup: Setup, as_json: bool) -> None:
    """List keys, without what is secret about them."""

    async def work(store: Store) -> tuple[KeyRecord, ...]:
        return await store.keys.all()

    keys = with_store(setup, work)
    if as_json:
        show_json([_told(key) for key in keys])
        return
    rows = [(key.id, key.name, f"{key.prefix}...{key.last4}", _standing(key)) for key in keys]
    show_table(("ID", "NAME", "KEY", "STATE"), rows)


@group.command()
@click.argument("key")
@json_option
@pass_setup
def revoke(setup: Setup, key: str, as_json: bool) -> None:
    """Make the key with this id or name useless, for good. A running gateway notices within 30 seconds."""

    async def work(store: Store) -> KeyRecord:
        found = await store.keys.find_named(key)
        if not found:
            raise click.ClickException(f"There is no key `{key}`.")
        if len(found) > 1:
            ids = ", ".join(record.id for record in found)
            raise click.ClickException(f"Several keys are called `{key}`; say which: {ids}.")
        revoked = await store.keys.revoke(found[0].id)
        assert revoked is not None, "keys are never deleted"
        return revoked

    revoked = with_store(setup, work)
    if as_json:
        show_json(_told(revoked))
    else:
        click.echo(f"The key `{revoked.name}` ({revoked.id}) is revoked.")


def _told(key: KeyRecord) -> dict[str, Any]:
    """What people may know of a key."""
    return {
        "id": key.id,
        "name": key.name,
        "prefix": key.prefix,
        "last4": key.last4,
        "models": None if key.models is None else sorted(key.models),
        "state": _standing(key),
        "created_at": key.created_at,
        "expires_at": key.expires_at,
        "revoked_at": key.revoked_at,
        "last_used_at": key.last_used_at,
    }


def _standing(key: KeyRecord) -> str:
    if key.revoked_at is not None:
        return "revoked"
    return "active" if key.is_valid(SystemClock().now()) else "expired"
