"""The addons in force: loaded, configured, ordered, replaced, ended.

A change is all or nothing: what is not loaded whole is not loaded at all, and what was in force stays.
Never: calls a hook of a flow.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

import structlog
from msgspec import Struct
from msgspec.structs import replace

from app.hooks import loader
from app.hooks.additions import Additions, Loader
from app.hooks.call import watch
from app.hooks.errors import AddonRefused, BadOption
from app.hooks.member import Member, member
from app.hooks.options import changed_options, read_options, unclaimed
from app.hooks.order import ordered
from app.hooks.table import HookTable, compiled, listeners_of
from app.settings.addons import AddonValues

log = structlog.get_logger("app.hooks")


class RosterOptions(Struct, frozen=True):
    """Where addons come from. `specs` are paths and `module:attribute`, in order."""

    specs: tuple[str, ...] = ()
    entry_points: bool = False
    values: AddonValues = AddonValues()


class _Loaded(Struct, frozen=True):
    """An addon in force: what it brought, and its options."""

    member: Member
    additions: Additions
    options: Struct | None = None


Apply = Callable[["Roster"], None]
"""Puts a changed roster in force for flows that begin from now on; raises AddonRefused if it cannot."""

Settled = Callable[[], Awaitable[None]]
"""Returns when the flows that run now are over and watched."""


class Roster:
    """Knows the addons. `load` first, then `running`; `done` at the end."""

    def __init__(self, options: RosterOptions) -> None:
        self._options = options
        self._loaded: tuple[_Loaded, ...] = ()
        self._apply: Apply | None = None
        self._settled: Settled | None = None
        self._farewells: dict[asyncio.Task[None], tuple[Member, ...]] = {}
        self._changing = asyncio.Lock()
        self._turned: dict[str, dict[str, Any]] = {}

    @property
    def members(self) -> tuple[Member, ...]:
        """The addons, in the order in which they are called."""
        return tuple(one.member for one in self._loaded)

    @property
    def additions(self) -> Additions:
        """Everything they bring; stages only of those that have something to do."""
        total = Additions()
        for one in self._loaded:
            brought = one.additions if one.member.is_active else replace(one.additions, stages=[])
            total = total.plus(brought)
        return total

    def table(self) -> HookTable:
        """The hooks in force, compiled anew."""
        return compiled(self.members)

    def listeners(self) -> dict[str, tuple[str, ...]]:
        """Hook to the names of those who listen, in order."""
        return listeners_of(self.members)

    def options_of(self, name: str) -> Struct | None:
        """The options of an addon; None when it has none. Raises KeyError for a name that nobody has."""
        return self._find(name).options

    def load(self, builtins: Sequence[object]) -> None:
        """Load and configure: built-ins, configured ones, installed ones. Raises AddonRefused."""
        members = [member(addon) for addon in builtins]
        for spec in self._options.specs:
            members.extend(loader.found(spec))
        if self._options.entry_points:
            members.extend(loader.installed())
        for one in members:
            for remark in one.remarks:
                log.warning(remark)
        self._loaded = tuple(self._start(one) for one in ordered(members))
        for sentence in unclaimed(self._options.values, ((m.name, m.options) for m in self.members)):
            log.warning(sentence)

    def on_change(self, apply: Apply, settled: Settled) -> None:
        """How changes are put in force from now on."""
        self._apply = apply
        self._settled = settled

    async def running(self) -> None:
        """Tell every addon that serving begins. Raises AddonRefused for one that fails."""
        for one in self._loaded:
            await _run(one.member)

    async def done(self) -> None:
        """Tell every addon that it is over, those that were replaced and still wait first."""
        waiting = list(self._farewells.items())
        for task, members in waiting:
            task.cancel()
            await asyncio.wait([task])
            for one in members if task.cancelled() else ():
                await _end(one)
        for one in reversed(self.members):
            await _end(one)

    async def reload(self, spec: str) -> None:
        """Replace the addons of a file by those it holds now. On AddonRefused nothing has changed."""
        async with self._changing:
            fresh = loader.found(spec)
            kept = [one for one in self._loaded if one.member.source != spec]
            old = [one for one in self._loaded if one.member.source == spec]
            started = {one.name: self._start(one) for one in fresh}
            by_name = {one.member.name: one for one in kept} | started
            where = next((n for n, one in enumerate(self._loaded) if one.member.source == spec), len(kept))
            members = [one.member for one in kept]
            await _run_all(fresh)
            try:
                self._swap([by_name[m.name] for m in ordered([*members[:where], *fresh, *members[where:]])])
            except AddonRefused:
                for one in fresh:
                    await _end(one)
                raise
            self._dismiss(one.member for one in old)

    async def configure(self, name: str, changes: Mapping[str, Any]) -> Struct:
        """Change options of one addon; gives all of them. On BadOption nothing has changed."""
        async with self._changing:
            one = self._find(name)
            if one.options is None:
                raise BadOption(f"`{name}` has no options")
            options = changed_options(one.options, changes)
            fresh = _Loaded(one.member, one.additions, options)
            try:
                _configure(one.member, options)
                self._swap([fresh if other is one else other for other in self._loaded])
            except Exception as exc:  # an addon's own code may raise anything
                _configure(one.member, one.options)
                raise exc if isinstance(exc, BadOption) else BadOption(_told(exc)) from exc
            self._turned.setdefault(name, {}).update(changes)
            return options

    def _find(self, name: str) -> _Loaded:
        found = next((one for one in self._loaded if one.member.name == name), None)
        if found is None:
            raise KeyError(name)
        return found

    def _swap(self, loaded: list[_Loaded]) -> None:
        before, self._loaded = self._loaded, tuple(loaded)
        try:
            if self._apply is not None:
                self._apply(self)
        except AddonRefused:
            self._loaded = before
            raise

    def _start(self, one: Member) -> _Loaded:
        """`load` and `configure`."""
        paper = Loader(one.name)
        try:
            if "load" in one.hooks:
                one.hooks["load"](paper)
            options = None
            if one.options is not None:
                options = read_options(one.name, one.options, self._options.values)
                options = changed_options(options, self._turned.get(one.name, {}))
                _configure(one, options)
        except BadOption as exc:
            raise AddonRefused(f"The options of the addon `{one.name}` cannot be used: {exc}.") from exc
        except Exception as exc:  # an addon's own code may raise anything
            raise AddonRefused(f"The addon `{one.name}` cannot be loaded: {_told(exc)}.") from exc
        return _Loaded(one, paper.additions, options)

    def _dismiss(self, members: Iterable[Member]) -> None:
        """Call `done` of addons that were replaced, once the last flow that knows them is over."""
        leaving = tuple(members)
        task = asyncio.get_running_loop().create_task(self._farewell(leaving), name="addons unloading")
        self._farewells[task] = leaving
        task.add_done_callback(self._farewells.pop)

    async def _farewell(self, members: tuple[Member, ...]) -> None:
        if self._settled is not None:
            await self._settled()
        for one in members:
            await _end(one)


def _configure(one: Member, options: Struct) -> None:
    if "configure" in one.hooks:
        one.hooks["configure"](options)


async def _run(one: Member) -> None:
    if "running" not in one.hooks:
        return
    try:
        await one.hooks["running"]()
    except Exception as exc:  # an addon's own code may raise anything
        raise AddonRefused(f"The addon `{one.name}` cannot run: {_told(exc)}.") from exc


async def _run_all(members: Sequence[Member]) -> None:
    """`running` of each, or of none: those that ran are ended when a later one fails."""
    ran: list[Member] = []
    try:
        for one in members:
            await _run(one)
            ran.append(one)
    except AddonRefused:
        for one in ran:
            await _end(one)
        raise


async def _end(one: Member) -> None:
    if "done" in one.hooks:
        await watch(partial(one.hooks["done"]))


def _told(exc: BaseException) -> str:
    return f"{type(exc).__name__}: {exc}"
