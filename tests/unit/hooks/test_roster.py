"""The addons in force. Source: architecture.md 8.4, 8.5, 8.7."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
import structlog.testing
from msgspec import Struct

from app.hooks.additions import Loader
from app.hooks.errors import AddonRefused, BadOption, FixedOption
from app.hooks.roster import Roster, RosterOptions
from app.hooks.spec import Addon
from app.hooks.turned import Turned
from app.settings.addons import AddonValues

FILE = """
from app.hooks.spec import Addon
class Filed(Addon):
    name = "filed"
    number = {number}
    def load(self, loader): self.log = []
    async def running(self): self.log.append("running")
    async def done(self): self.log.append("done")
    async def flow_closed(self, flow): pass
addons = [Filed()]
"""


class Options(Struct):
    size: int = 1


class Sized(Addon):
    name = "sized"
    options = Options

    def __init__(self) -> None:
        self.sizes: list[int] = []

    def configure(self, options: Options) -> None:
        if options.size < 0:
            raise BadOption("`size` is less than nothing")
        self.sizes.append(options.size)

    @property
    def active(self) -> bool:
        return self.sizes[-1] > 0

    async def flow_closed(self, flow: Any) -> None:
        pass


def a_roster(*addons: object, specs: tuple[str, ...] = (), **tables: dict[str, Any]) -> Roster:
    roster = Roster(RosterOptions(specs, False, AddonValues(tables)))
    roster.load(addons)
    return roster


def filed(folder: Path, number: int) -> str:
    path = folder / "filed.py"
    path.write_text(FILE.replace("{number}", str(number)))
    return str(path)


def test_options_are_handed_over_after_loading() -> None:
    addon = Sized()

    roster = a_roster(addon, sized={"size": 7})

    assert addon.sizes == [7]
    assert roster.options_of("sized") == Options(7)


def test_an_addon_that_has_nothing_to_do_is_not_called() -> None:
    roster = a_roster(Sized(), sized={"size": 0})

    assert roster.table().flow_closed == ()
    assert roster.listeners()["flow_closed"] == ()


@pytest.mark.parametrize(
    ("tables", "says"),
    [
        ({"sized": {"size": "x"}}, "options of the addon `sized` cannot be used"),
        ({"sized": {"size": -1}}, "less than nothing"),
    ],
)
def test_bad_options_end_the_start(tables: dict[str, Any], says: str) -> None:
    with pytest.raises(AddonRefused, match=says):
        a_roster(Sized(), **tables)


def test_loading_that_fails_ends_the_start() -> None:
    class Broken(Addon):
        def load(self, loader: Loader) -> None:
            raise KeyError("x")

    with pytest.raises(AddonRefused, match="`broken` cannot be loaded: KeyError"):
        a_roster(Broken())


def test_slips_and_values_that_nobody_takes_are_warned_about() -> None:
    class Slip(Addon):
        async def promt_read(self, flow: Any) -> None:
            pass

    with structlog.testing.capture_logs() as logs:
        a_roster(Slip(), nobody={"x": 1})

    warnings = [entry["event"] for entry in logs if entry["log_level"] == "warning"]
    assert any("did you mean `prompt_read`" in text for text in warnings)
    assert any("[addons.nobody]" in text for text in warnings)


async def test_options_change_while_running_or_not_at_all() -> None:
    addon = Sized()
    roster = a_roster(addon)

    await roster.configure("sized", {"size": 5})
    with pytest.raises(BadOption):
        await roster.configure("sized", {"size": -1})
    with pytest.raises(BadOption):
        await roster.configure("sized", {"size": "x"})

    assert addon.sizes == [1, 5, 5], "what was refused is taken back"
    assert roster.options_of("sized") == Options(5)
    with pytest.raises(KeyError):
        await roster.configure("nobody", {})


async def test_a_reload_replaces_the_addons_of_one_file(tmp_path: Path) -> None:
    roster = a_roster(Sized(), specs=(filed(tmp_path, 1),))
    await roster.running()
    old: Any = roster.members[1].addon
    released = asyncio.Event()
    roster.on_change(lambda changed: None, released.wait)  # type: ignore[arg-type]  # the result is not used

    await roster.reload(filed(tmp_path, 2))

    new: Any = roster.members[1].addon
    assert (old.number, new.number) == (1, 2)
    assert (old.log, new.log) == (["running"], ["running"]), "flows may still know the old one"
    released.set()
    await roster.done()
    assert (old.log, new.log) == (["running", "done"], ["running", "done"])


async def test_a_reload_that_cannot_be_put_in_force_changes_nothing(tmp_path: Path) -> None:
    roster = a_roster(specs=(filed(tmp_path, 1),))
    before = roster.members

    def refuse(changed: Roster) -> None:
        raise AddonRefused("no place for a stage")

    async def settled() -> None:
        pass

    roster.on_change(refuse, settled)

    with pytest.raises(AddonRefused, match="no place"):
        await roster.reload(filed(tmp_path, 2))
    Path(filed(tmp_path, 2)).write_text("nonsense(")
    with pytest.raises(AddonRefused, match="SyntaxError"):
        await roster.reload(str(tmp_path / "filed.py"))

    assert roster.members == before


OPTIONAL = """
from app.hooks.spec import Addon
from msgspec import Struct
class Options(Struct):
    size: int = 1
class Filed(Addon):
    name = "filed"
    options = Options
    def configure(self, options):
        if options.size == 13:
            raise KeyError(options.size)
        self.size = options.size
    async def flow_closed(self, flow): pass
addons = [Filed()]
"""


async def test_options_that_were_changed_stay_so_over_a_reload(tmp_path: Path) -> None:
    path = tmp_path / "filed.py"
    path.write_text(OPTIONAL)
    roster = a_roster(specs=(str(path),))
    await roster.configure("filed", {"size": 5})

    await roster.reload(str(path))

    addon: Any = roster.members[0].addon
    assert addon.size == 5
    await roster.done()


async def test_a_reload_that_fails_leaves_what_was_turned_alone(tmp_path: Path) -> None:
    path = tmp_path / "filed.py"
    path.write_text(OPTIONAL)
    roster = a_roster(specs=(str(path),))
    await roster.configure("filed", {"size": 5})

    path.write_text(OPTIONAL.replace("options.size == 13", "options.size == 5") + "addons.append(Filed())")
    with pytest.raises(AddonRefused, match="Two addons"):
        await roster.reload(str(path))

    assert roster.turned_of("filed") == Turned({"size": 5})
    options: Any = roster.options_of("filed")
    assert options.size == 5


async def test_an_addon_that_crashes_over_its_options_keeps_the_old_ones(tmp_path: Path) -> None:
    path = tmp_path / "filed.py"
    path.write_text(OPTIONAL)
    roster = a_roster(specs=(str(path),))

    with pytest.raises(BadOption, match="KeyError: 13"):
        await roster.configure("filed", {"size": 13})

    addon: Any = roster.members[0].addon
    assert addon.size == 1


async def test_an_option_that_the_settings_have_settled_is_not_changed_while_running() -> None:
    """Spec: admin-ui.md 2.3, Settings."""
    addon = Sized()
    roster = a_roster(addon, sized={"size": 3})

    with pytest.raises(FixedOption, match=r"set by `\[addons\.sized\] size`") as caught:
        await roster.configure("sized", {"size": 5})

    assert caught.value.where == "size"
    assert addon.sizes == [3]


async def test_what_was_turned_earlier_holds_from_the_start_and_the_settings_win_over_it() -> None:
    stored = {"sized": Turned({"size": 5, "gone": 1}), "fixed": Turned({"size": 5})}
    addon, fixed = Sized(), Sized()
    fixed.name = "fixed"  # type: ignore[misc]  # two of one class
    roster = Roster(
        RosterOptions(
            values=AddonValues({"fixed": {"size": 3}}), turned=lambda name: stored.get(name, Turned())
        )
    )

    roster.load([addon, fixed])

    assert (addon.sizes, fixed.sizes) == ([5], [3])


async def test_what_was_turned_earlier_and_is_not_taken_any_more_does_not_end_the_start() -> None:
    addon = Sized()
    roster = Roster(RosterOptions(turned=lambda _: Turned({"size": -1})))

    with structlog.testing.capture_logs() as logs:
        roster.load([addon])

    assert addon.sizes == [1]
    assert any(entry["event"] == "changed options are not taken any more" for entry in logs)


class Switched(Addon):
    name = "switched"

    def __init__(self) -> None:
        self.log: list[str] = []

    def load(self, loader: Loader) -> None:
        loader.add_job(self)  # type: ignore[arg-type]  # only counted

    async def running(self) -> None:
        self.log.append("running")

    async def flow_closed(self, flow: Any) -> None:
        pass

    async def done(self) -> None:
        self.log.append("done")


async def test_an_addon_that_is_off_is_not_called_and_brings_nothing_until_it_is_on() -> None:
    addon = Switched()
    roster = Roster(RosterOptions(turned=lambda _: Turned(enabled=False)))
    roster.load([addon])
    await roster.running()
    assert (addon.log, roster.table().flow_closed, roster.additions.jobs) == ([], (), [])

    await roster.turn("switched", Turned())
    assert (addon.log, len(roster.table().flow_closed), len(roster.additions.jobs)) == (["running"], 1, 1)

    await roster.turn("switched", Turned(enabled=False))
    await roster.turn("switched", Turned())
    assert addon.log == ["running"], "it has never been away"
    await roster.done()
    assert addon.log == ["running", "done"]


async def test_an_addon_that_cannot_run_stays_off() -> None:
    class Broken(Switched):
        async def running(self) -> None:
            raise OSError("no such device")

    roster = Roster(RosterOptions(turned=lambda _: Turned(enabled=False)))
    roster.load([Broken()])

    with pytest.raises(AddonRefused, match="no such device"):
        await roster.turn("switched", Turned())

    assert roster.turned_of("switched") == Turned(enabled=False)
    assert not roster.members[0].enabled


async def test_a_switch_that_cannot_be_put_in_force_changes_nothing() -> None:
    roster = a_roster(Sized())

    def refuse(changed: Roster) -> None:
        raise AddonRefused("no place for a stage")

    async def settled() -> None:
        pass

    roster.on_change(refuse, settled)
    with pytest.raises(AddonRefused):
        await roster.turn("sized", Turned({"size": 5}, enabled=False))

    assert roster.options_of("sized") == Options(1)
    assert roster.members[0].enabled
    assert roster.turned_of("sized") == Turned()


async def test_what_was_switched_off_stays_off_over_a_reload(tmp_path: Path) -> None:
    roster = a_roster(specs=(filed(tmp_path, 1),))
    await roster.running()
    await roster.turn("filed", Turned(enabled=False))

    await roster.reload(filed(tmp_path, 2))

    addon: Any = roster.members[0].addon
    assert (addon.number, addon.log, roster.members[0].enabled) == (2, [], False)
    await roster.done()
