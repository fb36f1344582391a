"""`account explain`: who would serve a model now, and why each other account would not.

Reads what the gateway has stored: states at once, cool-downs and quota within ten seconds. What is lent at
this moment, and rests of less than a minute, only the gateway itself knows: its admin API tells the same
story from there.
"""

import click
from msgspec import Struct

from app.catalog.catalog import Catalog
from app.cli.opening import Setup, json_option, pass_setup, show_json, show_table, with_store
from app.clock import SystemClock
from app.errors import UnknownModel
from app.gateway.limits import pool_limits
from app.pool.explanation import Explanation, LaneStory, span
from app.pool.memory import MemoryLedger
from app.pool.model import Want
from app.settings.knobs import in_force
from app.settings.schema import Settings
from app.store.lifecycle import Store


class _Asked(Struct, frozen=True):
    """A model as the pool knows it."""

    group: str
    wire_id: str


@click.command()
@click.argument("model")
@json_option
@pass_setup
def explain(setup: Setup, model: str, as_json: bool) -> None:
    """Tell who would serve MODEL now, and why others would not."""
    settings = setup.settings()
    asked = _asked(settings, model)

    async def work(store: Store) -> Explanation:
        return await _explained(store, settings, asked)

    story = with_store(setup, work)
    if as_json:
        show_json(story)
        return
    click.echo(story.words)
    if story.lanes:
        rows = [_row(lane, story) for lane in story.lanes]
        show_table(("", "ACCOUNT", "STATE", "BACK IN", "WHY"), rows)
    for lane in story.lanes:
        if lane.link:
            click.echo(f"{lane.email}: {lane.way_out} {lane.link}")


def _asked(settings: Settings, model: str) -> _Asked:
    try:
        profile = Catalog(operator_aliases=settings.models.model_aliases).resolve(model)
    except UnknownModel as error:
        raise click.BadParameter(error.message, param_hint="MODEL") from error
    return _Asked(profile.group, profile.wire_id)


async def _explained(store: Store, settings: Settings, asked: _Asked) -> Explanation:
    """The story from a pool that is put together from what is stored, and thrown away."""
    clock = SystemClock()
    settings, _ = in_force(settings, (await store.knobs.read()).values)
    ledger = MemoryLedger(clock, pool_limits(settings))
    for account in await store.accounts.all():
        ledger.put(account)
    ledger.recall(await store.pool_state.recall())
    return ledger.explain(Want(group=asked.group, model=asked.wire_id, deadline=clock.monotonic()))


def _row(lane: LaneStory, story: Explanation) -> tuple[str, ...]:
    place = "" if lane.place is None else "->" if lane.account == story.taken else str(lane.place)
    back = "-" if lane.back_in_s is None else span(lane.back_in_s)
    return (place, lane.email, lane.state.value, back, lane.words)
