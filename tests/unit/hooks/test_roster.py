"""The addons in force. Source: architecture.md 8.4, 8.5, 8.7."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
import structlog.testing
from msgspec import Struct

from app.hooks.additions import Loader
from app.hooks.errors import AddonRefused, BadOption
from app.hooks.roster import Roster, RosterOptions
from app.hooks.spec import Addon
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


async def test_an_addon_that_crashes_over_its_options_keeps_the_old_ones(tmp_path: Path) -> None:
    path = tmp_path / "filed.py"
    path.write_text(OPTIONAL)
    roster = a_roster(specs=(str(path),))

    with pytest.raises(BadOption, match="KeyError: 13"):
        await roster.configure("filed", {"size": 13})

    addon: Any = roster.members[0].addon
    assert addon.size == 1
