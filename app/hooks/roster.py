"""The addons in force: loaded, configured, ordered, switched, replaced, ended.

A change is all or nothing: what is not loaded whole is not loaded at all, and what was in force stays.
Never: calls a hook of a flow, or stores what was turned.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import structlog
from msgspec import Struct
from msgspec.structs import replace

from app.clock import Clock
from app.hooks import life, loader
from app.hooks.additions import Additions
from app.hooks.errors import AddonRefused, BadOption
from app.hooks.forms import FormField, form_of
from app.hooks.life import Loaded
from app.hooks.member import Member, member
from app.hooks.options import changed_options, fixed_by, read_options, secrets_in, unclaimed
from app.hooks.order import ordered
from app.hooks.table import HookTable, compiled, listeners_of
from app.hooks.troubles import Troubles
from app.hooks.turned import AS_STARTED, Turned
from app.settings.addons import AddonValues

log = structlog.get_logger("app.hooks")


class RosterOptions(Struct, frozen=True):
    """Where addons come from. `specs` are paths and `module:attribute`, in order.

    `turned` is what was said about addons while an earlier gateway ran, by name.
    """

    specs: tuple[str, ...] = ()
    entry_points: bool = False
    values: AddonValues = AddonValues()
    turned: Callable[[str], Turned] = lambda _: AS_STARTED


Apply = Callable[["Roster"], None]
"""Puts a changed roster in force for flows that begin from now on; raises AddonRefused if it cannot."""

Settled = Callable[[], Awaitable[None]]
"""Returns when the flows that run now are over and watched."""


class Roster:
    """Knows the addons. `load` first, then `running`; `done` at the end."""

    def __init__(self, options: RosterOptions, clock: Clock | None = None) -> None:
        self.troubles = Troubles(clock)
        self._options = options
        self._loaded: tuple[Loaded, ...] = ()
        self._apply: Apply | None = None
        self._settled: Settled | None = None
        self._farewells: dict[asyncio.Task[None], tuple[Member, ...]] = {}
        self._changing = asyncio.Lock()
        self._ran: set[int] = set()

    @property
    def members(self) -> tuple[Member, ...]:
        """The addons, in the order in which they are called."""
        return tuple(one.member for one in self._loaded)

    @property
    def additions(self) -> Additions:
        """Everything they bring that is in force."""
        total = Additions()
        for one in self._loaded:
            total = total.plus(one.brought)
        return total

    def table(self) -> HookTable:
        """The hooks in force, compiled anew."""
        return compiled(self.members, self.troubles.note)

    def listeners(self) -> dict[str, tuple[str, ...]]:
        """Hook to the names of those who listen, in order."""
        return listeners_of(self.members)

    def find(self, name: str) -> Loaded:
        """The addon of that name. Raises KeyError."""
        found = next((one for one in self._loaded if one.member.name == name), None)
        if found is None:
            raise KeyError(name)
        return found

    def options_of(self, name: str) -> Struct | None:
        """The options of an addon; None when it has none. Raises KeyError for a name that nobody has."""
        return self.find(name).options

    def form_of(self, name: str) -> tuple[FormField, ...]:
        """The options of an addon for a form; none when it has none. Raises KeyError."""
        one = self.find(name)
        if one.options is None:
            return ()
        return form_of(name, one.options, self._options.values, set(one.turned.options))

    def secrets(self) -> Iterator[str]:
        """Values of options that must not be shown, for who shows what addons said."""
        for one in self._loaded:
            if one.options is not None:
                yield from secrets_in(one.options)

    def turned_of(self, name: str) -> Turned:
        """What was turned of an addon and is in force. Raises KeyError."""
        return self.find(name).turned

    def load(self, builtins: Sequence[object]) -> None:
        """Load and configure: built-ins, configured ones, installed ones. Raises AddonRefused."""
        members = [member(addon) for addon in builtins]
        for spec in self._options.specs:
            members.extend(loader.found(spec))
        if self._options.entry_points:
            members.extend(loader.installed())
        self._loaded = tuple(self._start(one) for one in ordered(members))
        for sentence in unclaimed(self._options.values, ((m.name, m.options) for m in self.members)):
            log.warning(sentence)

    def on_change(self, apply: Apply, settled: Settled) -> None:
        """How changes are put in force from now on."""
        self._apply = apply
        self._settled = settled

    async def running(self) -> None:
        """Tell every addon that is on that serving begins. Raises AddonRefused for one that fails."""
        for one in self.members:
            if one.enabled:
                await self._run(one)

    async def done(self) -> None:
        """Tell every addon that it is over, those that were replaced and still wait first."""
        waiting = list(self._farewells.items())
        for task, members in waiting:
            task.cancel()
            await asyncio.wait([task])
            for one in members if task.cancelled() else ():
                await self._end(one)
        for one in reversed(self.members):
            await self._end(one)

    async def reload(self, spec: str) -> None:
        """Replace the addons of a file by those it holds now. On AddonRefused nothing has changed."""
        async with self._changing:
            fresh = [self._start(one) for one in loader.found(spec)]
            kept = [one for one in self._loaded if one.member.source != spec]
            old = [one.member for one in self._loaded if one.member.source == spec]
            where = next((n for n, one in enumerate(self._loaded) if one.member.source == spec), len(kept))
            places = [*kept[:where], *fresh, *kept[where:]]
            by_name = {one.member.name: one for one in places}
            news = [one.member for one in fresh]
            await self._run_all([one for one in news if one.enabled])
            try:
                self._swap([by_name[m.name] for m in ordered([one.member for one in places])])
            except AddonRefused:
                for one in news:
                    await self._end(one)
                raise
            self._dismiss(old)

    async def configure(self, name: str, changes: Mapping[str, Any]) -> Struct:
        """Change options of one addon; gives all of them. On BadOption nothing has changed."""
        async with self._changing:
            one = self.find(name)
            if one.options is None:
                raise BadOption(f"`{name}` has no options")
            changed_options(one.options, changes, fixed_by(name, type(one.options), self._options.values))
            options = await self._turn(name, replace(one.turned, options={**one.turned.options, **changes}))
            assert options is not None, "it has options"
            return options

    async def turn(self, name: str, turned: Turned) -> None:
        """Put in force what was turned of one addon, in place of what was turned before.

        Options that only the settings can change, or that it no longer has, are left as they are. Raises
        KeyError, BadOption for options that it does not take and AddonRefused when it cannot be switched
        on; then nothing has changed.
        """
        async with self._changing:
            await self._turn(name, turned)

    async def _turn(self, name: str, turned: Turned) -> Struct | None:
        one = self.find(name)
        member = replace(one.member, enabled=turned.enabled)
        options = self._options_of(member, turned)
        if turned.enabled:
            await self._run(member)
        try:
            life.configure(member, options)
            fresh = Loaded(member, one.additions, options, turned)
            self._swap([fresh if other is one else other for other in self._loaded])
        except (BadOption, AddonRefused):
            life.configure(one.member, one.options)
            raise
        return options

    def _options_of(self, one: Member, turned: Turned) -> Struct | None:
        """The options of the settings, and over them what was turned. Raises BadOption."""
        if one.options is None:
            return None
        options = read_options(one.name, one.options, self._options.values)
        fixed = fixed_by(one.name, one.options, self._options.values)
        known = one.options.__struct_fields__
        free = {f: value for f, value in turned.options.items() if f in known and f not in fixed}
        return changed_options(options, free)

    def _swap(self, loaded: list[Loaded]) -> None:
        before, self._loaded = self._loaded, tuple(loaded)
        try:
            if self._apply is not None:
                self._apply(self)
        except AddonRefused:
            self._loaded = before
            raise

    def _start(self, one: Member) -> Loaded:
        """`load` and `configure`, with what was turned of it if it still takes that."""
        for remark in one.remarks:
            log.warning(remark)
        before = next((old for old in self._loaded if old.member.name == one.name), None)
        turned = self._options.turned(one.name) if before is None else before.turned
        additions = life.load(one)
        try:
            try:
                options = self._options_of(one, turned)
                life.configure(one, options)
            except BadOption as exc:
                if not turned.options:
                    raise
                log.warning("changed options are not taken any more", addon=one.name, why=str(exc))
                turned = replace(turned, options={})
                options = self._options_of(one, turned)
                life.configure(one, options)
        except BadOption as exc:
            raise AddonRefused(f"The options of the addon `{one.name}` cannot be used: {exc}.") from exc
        return Loaded(replace(one, enabled=turned.enabled), additions, options, turned)

    async def _run(self, one: Member) -> None:
        """`running`, the first time that the addon is on."""
        if id(one.addon) not in self._ran:
            await life.run(one)
            self._ran.add(id(one.addon))

    async def _run_all(self, members: Sequence[Member]) -> None:
        await life.run_all(members, self.troubles.note)
        self._ran.update(id(one.addon) for one in members)

    async def _end(self, one: Member) -> None:
        """`done`, for those that ran."""
        if id(one.addon) in self._ran:
            self._ran.discard(id(one.addon))
            await life.end(one, self.troubles.note)

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
            await self._end(one)
