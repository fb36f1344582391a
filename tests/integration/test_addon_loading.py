"""Every way in which an addon gets into a gateway. Spec: architecture.md 8.3, 8.4."""

import asyncio
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from app.cli import serve as command
from app.hooks import loader
from app.hooks.errors import AddonRefused
from app.hooks.watching import WatchFiles
from app.settings.schema import Settings
from tests.support.world import World, a_world

CHAT = "/v1/chat/completions"

NOTING = """
class Noting:
    name = "{name}"
    async def caller_known(self, flow):
        flow.note("{name}")
addons = [Noting()]
"""


def written(folder: Path, file: str, name: str) -> str:
    path = folder / file
    path.write_text(NOTING.replace("{name}", name))
    return str(path)


async def notes(world: World) -> list[str]:
    request = {"model": "gemini-2.5-flash", "messages": [{"role": "user", "content": "Hello"}]}
    async with world.client() as client:
        reply = await client.post(CHAT, json=request)
    assert reply.status_code == 200, reply.text
    return [word for word in reply.headers.get("x-gateway-notes", "").split(",") if word]


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A package with an addon and an entry point for it; gives the module's name."""
    written(tmp_path, "a_package_with_an_addon.py", "installed")
    monkeypatch.syspath_prepend(tmp_path)
    point = EntryPoint("installed", "a_package_with_an_addon", loader.GROUP)
    monkeypatch.setattr(loader, "entry_points", lambda group: [point])
    return "a_package_with_an_addon"


async def test_a_file_a_module_and_an_installed_package_are_called_in_that_order(
    tmp_path: Path, installed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = written(tmp_path, "mine.py", "file")
    written(tmp_path, "a_module_of_mine.py", "module")

    async with a_world(addons=(file, "a_module_of_mine:addons"), entry_point_addons=True) as world:
        assert await notes(world) == ["file", "module", "installed"]
        sources = {one.name: one.source for one in world.gateway.roster.members}

    assert sources["file"] == file
    assert sources["module"] == "a_module_of_mine:addons"
    assert sources["installed"] == "entry point installed"
    assert sources["metrics"] == "built in"


async def test_installed_packages_are_left_alone_when_the_settings_say_so(installed: str) -> None:
    async with a_world(entry_point_addons=False) as world:
        assert await notes(world) == []


async def test_an_addon_that_others_could_have_written_ends_the_start(tmp_path: Path) -> None:
    """Spec: threats.md S33."""
    file = written(tmp_path, "mine.py", "mine")
    Path(file).chmod(0o666)

    with pytest.raises(AddonRefused, match="chmod go-w"):
        async with a_world(addons=(file,)):
            pass


async def test_a_changed_file_is_loaded_anew_while_the_gateway_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(WatchFiles, "every_s", 0.01)
    file = written(tmp_path, "mine.py", "before")
    async with a_world(addons=(file,), watch_addons=True) as world:
        assert await notes(world) == ["before"]
        written(tmp_path, "mine.py", "afterwards")
        async with asyncio.timeout(10):
            while await notes(world) != ["afterwards"]:
                await asyncio.sleep(0.01)


def test_the_command_takes_addons_and_how_they_are_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Settings] = []

    async def served(settings: Settings, logs: Any, **_: Any) -> None:
        seen.append(settings)

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(command, "_serve", served)
    flags = ["--addon", "mine.py", "--addon", "pkg.mod:attr", "--no-entry-point-addons", "--watch-addons"]
    result = CliRunner().invoke(command.serve, flags, env={"ADDONS": "another.py"})

    assert result.exit_code == 0, result.output
    (settings,) = seen
    assert settings.addons.addons == ("mine.py", "pkg.mod:attr")
    assert (settings.addons.entry_point_addons, settings.addons.watch_addons) == (False, True)
