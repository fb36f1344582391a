"""`key`: the keys that clients show, and what each may use."""

from collections.abc import Callable
from typing import Any

import click
import msgspec

from app.allowance import Allowance
from app.cli.opening import Setup, json_option, pass_setup, show_json, show_table, with_store
from app.clock import SystemClock
from app.networks import networks_of
from app.store.keys import FreshKey, KeyChanges, KeyRecord, KeyTerms
from app.store.lifecycle import Store

_NEVER = "-"


@click.group(name="key")
def group() -> None:
    """Make, change, list and revoke client keys."""


_ADDRESS_HELP = "Let the key be used only from this address or network; may be given several times."

_LIMITS = {
    "daily_tokens": "Tokens, prompt and answer together, that the key may use per day (UTC).",
    "monthly_tokens": "The same per month.",
    "requests_per_minute": "Requests that the key may send per minute.",
    "tokens_per_minute": "Tokens that the key may use per minute.",
    "concurrent": "Requests that the key may have under way at once.",
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
@click.option("--note", default="", help="A word about the key; for people.")
@click.option("--address", "addresses", multiple=True, metavar="ADDRESS|CIDR", help=_ADDRESS_HELP)
@click.option("--paused", is_flag=True, help="Make it, but let it not be used yet.")
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
    note: str,
    addresses: tuple[str, ...],
    paused: bool,
    quiet: bool,
    as_json: bool,
    **limits: int | None,
) -> None:
    """Make a key. It is shown this once."""
    name = _checked_name(name)
    terms = KeyTerms(
        models=frozenset(models) or None,
        expires_at=None if days is None else _in_days(days),
        note=note,
        addresses=_checked_addresses(addresses),
        paused=paused,
        allowance=Allowance(**limits),
    )

    async def work(store: Store) -> FreshKey:
        fresh = await store.keys.create(name, **terms)
        await _note(store, "key.create", fresh.record)
        return fresh

    _show_fresh(with_store(setup, work), quiet=quiet, as_json=as_json)


@group.command()
@click.argument("key")
@click.option("--name", help="What to call the key from now on.")
@click.option("--model", "models", multiple=True, help="Allow only this model; may be given several times.")
@click.option("--any-model", is_flag=True, help="Allow every model.")
@click.option("--days", type=click.IntRange(min=1), help="Let the key end so many days from now.")
@click.option("--no-end", is_flag=True, help="Let the key never end.")
@click.option("--note", help="A word about the key; for people.")
@click.option("--address", "addresses", multiple=True, metavar="ADDRESS|CIDR", help=_ADDRESS_HELP)
@click.option("--any-address", is_flag=True, help="Let the key be used from everywhere.")
@click.option("--paused/--resume", default=None, help="Refuse the key for a while, or let it work again.")
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
    note: str | None,
    addresses: tuple[str, ...],
    any_address: bool,
    paused: bool | None,
    as_json: bool,
    **limits: int | None,
) -> None:
    """Change what the key with this id or name may do. A running gateway notices within 5 seconds.

    What is not named stays as it is.
    """
    if (models and any_model) or (days is not None and no_end) or (addresses and any_address):
        raise click.UsageError(
            "--model and --any-model, --days and --no-end, --address and --any-address exclude each other."
        )
    changes = KeyChanges()
    if name is not None:
        changes["name"] = _checked_name(name)
    if note is not None:
        changes["note"] = note
    if paused is not None:
        changes["paused"] = paused
    if models or any_model:
        changes["models"] = frozenset(models) or None
    if days is not None or no_end:
        changes["expires_at"] = None if days is None else _in_days(days)
    if addresses or any_address:
        changes["addresses"] = _checked_addresses(addresses)

    async def work(store: Store) -> KeyRecord:
        found = await _key_named(store, key)
        changes["allowance"] = _changed_allowance(found.allowance, limits)
        changed = await store.keys.update(found.id, **changes)
        assert changed is not None, "keys are never deleted"
        await _note(store, "key.update", changed)
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
    now = SystemClock().now()
    rows = [(key.id, key.name, f"{key.prefix}...{key.last4}", key.standing(now)) for key in keys]
    show_table(("ID", "NAME", "KEY", "STATE"), rows)


@group.command()
@click.argument("key")
@json_option
@pass_setup
def revoke(setup: Setup, key: str, as_json: bool) -> None:
    """Make the key with this id or name useless, for good. A running gateway notices within 5 seconds."""

    async def work(store: Store) -> KeyRecord:
        revoked = await store.keys.revoke((await _key_named(store, key)).id)
        assert revoked is not None, "keys are never deleted"
        await _note(store, "key.revoke", revoked)
        return revoked

    revoked = with_store(setup, work)
    if as_json:
        show_json(_told(revoked))
    else:
        click.echo(f"The key `{revoked.name}` ({revoked.id}) is revoked.")


@group.command()
@click.argument("key")
@click.option(
    "--keep-hours",
    type=click.FloatRange(min=0),
    default=24.0,
    show_default=True,
    help="How long the old key goes on working; 0 revokes it.",
)
@click.option("--quiet", is_flag=True, help="Print the bare key and nothing else.")
@json_option
@pass_setup
def rotate(setup: Setup, key: str, keep_hours: float, quiet: bool, as_json: bool) -> None:
    """Make a new key that may do the same as the one with this id or name, which ends some hours later."""

    async def work(store: Store) -> FreshKey:
        found = await _key_named(store, key)
        if found.revoked_at is not None:
            raise click.ClickException("A key that was revoked stays so. Make a new one.")
        fresh, old = await store.keys.rotate(found, keep_s=keep_hours * 3600)
        await _note(store, "key.rotate", old, {"new": fresh.record.id})
        return fresh

    _show_fresh(with_store(setup, work), quiet=quiet, as_json=as_json)


def _show_fresh(fresh: FreshKey, *, quiet: bool, as_json: bool) -> None:
    """The one time that a key is shown."""
    if as_json:
        show_json({"key": fresh.secret, **_told(fresh.record)})
        return
    click.echo(fresh.secret)
    if not quiet:
        click.echo(f"This is the key `{fresh.record.name}`. It is not shown again.", err=True)


async def _note(store: Store, action: str, key: KeyRecord, detail: dict[str, Any] | None = None) -> None:
    await store.audit.note("command line", action, key.id, {"name": key.name, **(detail or {})})


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


def _checked_addresses(addresses: tuple[str, ...]) -> tuple[str, ...] | None:
    try:
        networks_of(addresses)
    except ValueError as exc:
        raise click.BadParameter(f"{exc}.", param_hint="--address") from exc
    return addresses or None


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
        "note": key.note,
        "models": None if key.models is None else sorted(key.models),
        "addresses": None if key.addresses is None else list(key.addresses),
        "state": key.standing(SystemClock().now()),
        "created_at": key.created_at,
        "expires_at": key.expires_at,
        "revoked_at": key.revoked_at,
        "last_used_at": key.last_used_at,
        **msgspec.structs.asdict(key.allowance),
    }
