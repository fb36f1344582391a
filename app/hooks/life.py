"""Calling the hooks of an addon's own coming and going. Never: decides when."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from app.hooks.additions import Additions, Loader
from app.hooks.call import watch
from app.hooks.errors import AddonRefused, BadOption, told
from app.hooks.listener import Report, listener
from app.hooks.member import Member
from app.hooks.turned import AS_STARTED, Turned


class Loaded(Struct, frozen=True):
    """An addon as it is in force: what it brought, its options, and what was turned of it."""

    member: Member
    additions: Additions
    options: Struct | None = None
    turned: Turned = AS_STARTED

    @property
    def brought(self) -> Additions:
        """What of its additions is in force: nothing while it is off, no stage while it has nothing to do."""
        if not self.member.enabled:
            return Additions()
        return self.additions if self.member.is_active else replace(self.additions, stages=[])


def load(one: Member) -> Additions:
    """`load`. Raises AddonRefused."""
    paper = Loader(one.name)
    try:
        if "load" in one.hooks:
            one.hooks["load"](paper)
    except (Exception, SystemExit) as exc:  # an addon's own code may raise anything
        raise AddonRefused(f"The addon `{one.name}` cannot be loaded: {told(exc)}.") from exc
    return paper.additions


def configure(one: Member, options: Struct | None) -> None:
    """`configure`. Raises BadOption, whatever the addon raises."""
    if options is None or "configure" not in one.hooks:
        return
    try:
        one.hooks["configure"](options)
    except BadOption:
        raise
    except (Exception, SystemExit) as exc:  # an addon's own code may raise anything
        raise BadOption(told(exc)) from exc


async def run(one: Member) -> None:
    """`running`. Raises AddonRefused."""
    try:
        if "running" in one.hooks:
            await one.hooks["running"]()
    except (Exception, SystemExit) as exc:  # an addon's own code may raise anything
        raise AddonRefused(f"The addon `{one.name}` cannot run: {told(exc)}.") from exc


async def run_all(members: Sequence[Member], report: Report) -> None:
    """`running` of each, or of none: those that ran are ended when a later one fails."""
    ran: list[Member] = []
    try:
        for one in members:
            await run(one)
            ran.append(one)
    except AddonRefused:
        for one in ran:
            await end(one, report)
        raise


async def end(one: Member, report: Report) -> None:
    """`done`, for a limited time, whatever it raises."""
    if "done" in one.hooks:
        done: Any = listener(one.hooks["done"], one.name, report)
        await watch(partial(done))
