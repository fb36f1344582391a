"""`key`: the keys that clients show, and what each may use."""

from collections.abc import Callable
from typing import Any

import click
import msgspec

from app.allowance import Allowance
from app.cli.opening import Setup, json_option, pass_setup, show_json, show_table, with_store
from app.clock import SystemClock
from app.store.keys import FreshKey, KeyRecord
from app.store.lifecycle import Store

_NEVER = "-"


@click.group(name="key")
def group() -> None:
    """Make, change, list and revoke client keys."""


_LIMITS = {
    "daily_tokens": "Tokens, prompt and answer together, that the key may use per day (UTC).",
    "monthly_tokens": "The same per month.",
    "requests_per_minute": "Requests that the key may send per minute.",
    "tokens_per_minute": "Tokens that the key may use per minute.",
}


def _limit_options(least: int) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """The options of all limits; 0, where it is allowed, takes a limit away."""

    def add(command: Callable[..., None]) -> Callable[..., None]:
        for name, text in reversed(_LIMITS.items()):
            told = text if least else f"{text} 0 takes the limit away."
            flag = f"--{name.replace('_', '-')}"
            command = click.option(flag, name, type=click.IntRange(min=least), help=told)(command)
        return command

    return add


@group.command()
@click.option("--name", required=True, help="What to call the key; for people.")
@click.option("--model", "models", multiple=True, help="Allow only this model; may be given several times.")
@click.option("--days", type=click.IntRange(min=1), help="Let the key end after so many days.")
@_limit_options(least=1)
@click.option("--quiet", is_flag=True, help="Print the bare key and nothing else.")
@json_option
@pass_setup
def create(
    setup: Setup,
    /,
    name: str,
    models: tuple[str, ...],
    days: int | None,
    quiet: bool,
    as_json: bool,
    **limits: int | None,
) -> None:
    """Make a key. It is shown this once."""
    name = _checked_name(name)
    expires_at = None if days is None else _in_days(days)

    async def work(store: Store) -> FreshKey:
        allowed = frozenset(models) or None
        return await store.keys.create(
            name, models=allowed, expires_at=expires_at, allowance=Allowance(**limits)
        )

    fresh = with_store(setup, work)
    if as_json:
        show_json({"key": fresh.secret, **_told(fresh.record)})
    elif quiet:
        click.echo(fresh.secret)
    else:
        click.echo(fresh.secret)
        click.echo(f"This is the key `{fresh.record.name}`. It is not shown again.", err=True)


@group.command()
@click.argument("key")
@click.option("--name", help="What to call the key from now on.")
@click.option("--model", "models", multiple=True, help="Allow only this model; may be given several times.")
@click.option("--any-model", is_flag=True, help="Allow every model.")
@click.option("--days", type=click.IntRange(min=1), help="Let the key end so many days from now.")
@click.option("--no-end", is_flag=True, help="Let the key never end.")
@_limit_options(least=0)
@json_option
@pass_setup
def update(
    setup: Setup,
    /,
    key: str,
    name: str | None,
    models: tuple[str, ...],
    any_model: bool,
    days: int | None,
    no_end: bool,
    as_json: bool,
    **limits: int | None,
) -> None:
    """Change what the key with this id or name may do. A running gateway notices within 30 seconds.

    What is not named stays as it is.
    """
    if (models and any_model) or (days is not None and no_end):
        raise click.UsageError("--model and --any-model, --days and --no-end exclude each other.")

    async def work(store: Store) -> KeyRecord:
        found = await _key_named(store, key)
        changed = await store.keys.update(
            found.id,
            name=found.name if name is None else _checked_name(name),
            models=None if any_model else frozenset(models) or found.models,
            expires_at=None if no_end else found.expires_at if days is None else _in_days(days),
            allowance=_changed_allowance(found.allowance, limits),
        )
        assert changed is not None, "keys are never deleted"
        return changed

    changed = with_store(setup, work)
    if as_json:
        show_json(_told(changed))
    else:
        click.echo(f"The key `{changed.name}` ({changed.id}) is changed.")


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
        revoked = await store.keys.revoke((await _key_named(store, key)).id)
        assert revoked is not None, "keys are never deleted"
        return revoked

    revoked = with_store(setup, work)
    if as_json:
        show_json(_told(revoked))
    else:
        click.echo(f"The key `{revoked.name}` ({revoked.id}) is revoked.")


async def _key_named(store: Store, key: str) -> KeyRecord:
    """The key of that id or name. Raises ClickException unless there is exactly one."""
    found = await store.keys.find_named(key)
    if not found:
        raise click.ClickException(f"There is no key `{key}`.")
    if len(found) > 1:
        ids = ", ".join(record.id for record in found)
        raise click.ClickException(f"Several keys are called `{key}`; say which: {ids}.")
    return found[0]


def _checked_name(name: str) -> str:
    if not name.strip() or len(name) > 200:
        raise click.BadParameter("A name has 1 to 200 characters.", param_hint="--name")
    return name.strip()


def _in_days(days: int) -> float:
    return SystemClock().now() + days * 86_400


def _changed_allowance(before: Allowance, limits: dict[str, int | None]) -> Allowance:
    """What is named in place of what was; 0 takes a limit away."""
    named = {name: most or None for name, most in limits.items() if most is not None}
    return msgspec.structs.replace(before, **named)


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
        **msgspec.structs.asdict(key.allowance),
    }


def _standing(key: KeyRecord) -> str:
    if key.revoked_at is not None:
        return "revoked"
    return "active" if key.is_valid(SystemClock().now()) else "expired"
