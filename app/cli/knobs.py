"""`setting`: what is set and where it comes from; knobs turned while a gateway runs."""

from typing import Any

import click
import msgspec

from app.cli.opening import Setup, json_option, pass_setup, show_json, show_table, with_store
from app.settings.fields import Field, all_fields, checked, fields_by_name
from app.settings.knobs import fixed_by, in_force, turned
from app.settings.schema import Settings
from app.store.lifecycle import Store


@click.group(name="setting")
def group() -> None:
    """Show settings, and change those that may change while the gateway runs."""


@group.command(name="list")
@json_option
@pass_setup
def list_settings(setup: Setup, as_json: bool) -> None:
    """List settings with their values in force. Secrets are only said to be there."""
    settings = setup.settings()

    async def work(store: Store) -> dict[str, str]:
        return (await store.knobs.read()).values

    stored = with_store(setup, work)
    now, _ = in_force(settings, stored)
    told = [_told(field, settings, now, is_stored=field.name in stored) for field in all_fields()]
    if as_json:
        show_json(told)
        return
    show_table(("NAME", "VALUE", "FROM"), [(one["name"], _text(one["value"]), one["source"]) for one in told])


@group.command(name="set")
@click.argument("name")
@click.argument("value")
@pass_setup
def set_value(setup: Setup, name: str, value: str) -> None:
    """Put a setting to a value, as the environment has it. A running gateway notices within 10 seconds."""
    settings, field = setup.settings(), _knob(setup.settings(), name)
    try:
        text = msgspec.json.encode(checked(field, value, is_text=True)).decode()
        turned(settings, field.name, text)
    except ValueError as exc:
        raise click.BadParameter(f"{str(exc).rstrip('.')}.", param_hint=field.variable) from exc
    _store(setup, field, text)
    click.echo(f"{field.variable} is changed.")


@group.command()
@click.argument("name")
@pass_setup
def reset(setup: Setup, name: str) -> None:
    """Take back what was set while running. A running gateway notices within 10 seconds."""
    field = _knob(setup.settings(), name)
    _store(setup, field, "")
    click.echo(f"{field.variable} is back at its default.")


def _store(setup: Setup, field: Field, text: str) -> None:
    async def work(store: Store) -> None:
        await (store.knobs.put(field.name, text) if text else store.knobs.reset(field.name))
        action = "setting.change" if text else "setting.reset"
        # Without what was there before, so that the panel does not offer to undo it by halves.
        await store.audit.note("command line", f"{action}.command", field.name, {"new": text})

    with_store(setup, work)


def _knob(settings: Settings, name: str) -> Field:
    field = fields_by_name().get(name.lower())
    if field is None:
        raise click.ClickException(f"There is no setting `{name}`.")
    if not field.is_knob:
        raise click.ClickException(f"{field.variable} cannot change while the gateway runs.")
    if fixed := fixed_by(settings, field.name):
        raise click.ClickException(f"{field.variable} is set by {fixed}, and only there.")
    return field


def _told(field: Field, settings: Settings, now: Settings, *, is_stored: bool) -> dict[str, Any]:
    value = msgspec.to_builtins(getattr(getattr(now, field.section), field.name))
    source = settings.sources.named.get(field.name) or ("panel" if is_stored else "default")
    return {
        "name": field.name,
        "value": ("set" if value else "not set") if field.is_secret else value,
        "source": source,
        "is_knob": field.is_knob,
    }


def _text(value: Any) -> str:
    if isinstance(value, list):
        return ",".join(map(str, value))
    if isinstance(value, dict):
        return ",".join(f"{name}={target}" for name, target in value.items())
    return "" if value is None else str(value)
