"""Addons as administrators see and turn them.

Spec: admin-ui.md 2.3, System and Settings; architecture.md 8.7.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from msgspec import Struct, json, structs

from app.addon import Addon, BadOption, Flow, Secret
from app.admin.api.addons import AddonDesk
from app.admin.refusals import Refused
from app.admin.schemas.addons import OptionView
from app.errors import StoreUnavailable
from app.gateway.build import open_gateway
from app.gateway.parts import Gateway
from app.settings.addons import AddonValues
from tests.support.world import settings_with


class Options(Struct):
    words: str = "hello"
    times: int = 1
    url: Secret = ""


class Greeter(Addon):
    """Greets people."""

    name = "greeter"
    options = Options

    def configure(self, options: Options) -> None:
        if options.words == options.url != "":
            raise BadOption(f"`words` must not be {options.url}", where="words")
        if options.times == 13:
            raise KeyError("a bug of an addon")
        self.now = options

    async def caller_known(self, flow: Flow) -> None:
        pass


FILE = """
from app.addon import Addon
class Filed(Addon):
    name = "filed"
    version = "{number}"
    async def flow_closed(self, flow): pass
addons = [Filed()]
"""

SECRET = "https://hooks.example.com/very-secret"


@asynccontextmanager
async def a_gateway(
    folder: Path, addon: object, specs: tuple[str, ...] = (), **texts: str
) -> AsyncIterator[Gateway]:
    settings = structs.replace(settings_with(folder, {"addons": specs}), addon_values=AddonValues({}, texts))
    async with open_gateway(settings, addons=[addon]) as gateway:
        yield gateway


def option(desk: AddonDesk, name: str, field: str) -> OptionView:
    return next(one for one in desk.one(name).options if one.name == field)


async def refusal(call: Any) -> Refused:
    with pytest.raises(Refused) as caught:
        await call
    return caught.value


async def test_every_addon_is_shown_with_what_it_is_and_what_it_does(tmp_path: Path) -> None:
    async with a_gateway(tmp_path, Greeter()) as gateway:
        shown = {one.name: one for one in AddonDesk(gateway).all().addons}

    assert list(shown)[-1] == "greeter", "built-in ones are called first"
    greeter, guard, alias = shown["greeter"], shown["spend_guard"], shown["model_alias"]
    assert (greeter.description, greeter.hooks) == ("Greets people.", ["configure", "caller_known"])
    assert (greeter.enabled, greeter.active, greeter.errors, greeter.last_error) == (True, True, 0, "")
    assert (guard.can_switch, guard.is_builtin, guard.stages) == (False, True, ["spend"])
    assert guard.version
    assert (alias.active, alias.enabled) == (False, True), "nothing is set"
    assert [one.name for one in alias.options] == ["aliases", "fallbacks"]
    assert all(one.description for one in alias.options)


async def test_options_are_changed_at_once_and_hold_after_a_restart(tmp_path: Path) -> None:
    first, second = Greeter(), Greeter()
    async with a_gateway(tmp_path, first) as gateway:
        desk = AddonDesk(gateway)
        assert option(desk, "greeter", "words").source == "default"
        shown = await desk.configure("greeter", {"words": "good day"}, "a test")
        await desk.configure("greeter", {"times": 3}, "a test")
        assert first.now == Options("good day", 3)
        assert {one.name: (one.value, one.source) for one in shown.options}["words"] == ("good day", "panel")
    async with a_gateway(tmp_path, second) as gateway:
        desk = AddonDesk(gateway)
        assert second.now == Options("good day", 3)
        await desk.reset("greeter", "words", "a test")

        assert second.now == Options("hello", 3)
        assert option(desk, "greeter", "words").source == "default"


async def test_values_that_it_does_not_take_are_refused_beside_the_option_and_change_nothing(
    tmp_path: Path,
) -> None:
    addon = Greeter()
    async with a_gateway(tmp_path, addon) as gateway:
        desk = AddonDesk(gateway)
        for values, where in (({"times": "x"}, "times"), ({"tims": 1}, "tims"), ({"words": None}, "words")):
            refused = await refusal(desk.configure("greeter", {"words": "new", **values}, "a test"))
            assert (refused.status, refused.where) == (400, where)
        crashed = await refusal(desk.configure("greeter", {"times": 13}, "a test"))
        assert (crashed.status, crashed.where) == (400, None)
        assert (await gateway.store.knobs.read()).values == {}
        assert addon.now == Options()


async def test_an_option_of_the_environment_is_read_only(tmp_path: Path) -> None:
    async with a_gateway(tmp_path, Greeter(), ADDON_GREETER_WORDS="hey") as gateway:
        desk = AddonDesk(gateway)
        shown = option(desk, "greeter", "words")
        refused = await refusal(desk.configure("greeter", {"words": "good day"}, "a test"))

    assert (shown.value, shown.source, shown.fixed_by) == ("hey", "environment", "ADDON_GREETER_WORDS")
    assert (refused.status, refused.where) == (409, "words")
    assert "ADDON_GREETER_WORDS" in refused.message


async def test_a_secret_is_never_shown_and_not_kept_beside_the_other_options(tmp_path: Path) -> None:
    async with a_gateway(tmp_path, Greeter(), ADDON_GREETER_URL=SECRET) as gateway:
        desk = AddonDesk(gateway)
        refusals = [
            await refusal(desk.configure("greeter", {"url": "https://another"}, "a test")),
            await refusal(desk.configure("greeter", {"words": SECRET}, "a test")),
        ]
        gateway.roster.troubles.note("greeter", f"could not reach {SECRET} with Bearer abcdefghijkl")
        shown = desk.one("greeter")

    url = next(one for one in shown.options if one.name == "url")
    assert (url.is_secret, url.is_set, url.value) == (True, True, None)
    assert [one.status for one in refusals] == [409, 400]
    told = json.encode(shown).decode() + "".join(one.message for one in refusals)
    assert "very-secret" not in told
    assert "abcdefghijkl" not in told
    assert (shown.errors, shown.last_error) == (1, "could not reach *** with Bearer ***")


async def test_an_addon_is_switched_off_and_stays_off_after_a_restart(tmp_path: Path) -> None:
    async with a_gateway(tmp_path, Greeter()) as gateway:
        desk = AddonDesk(gateway)
        shown = await desk.switch("greeter", "a test", enabled=False)
        assert (shown.enabled, shown.active) == (False, False)
        assert gateway.plan.hooks.caller_known == gateway.plan.hooks.caller_known[:1], "only the guard"
        await desk.configure("greeter", {"words": "good day"}, "a test")
    async with a_gateway(tmp_path, Greeter()) as gateway:
        desk = AddonDesk(gateway)
        assert not desk.one("greeter").enabled
        shown = await desk.switch("greeter", "a test", enabled=True)

        assert (shown.enabled, option(desk, "greeter", "words").value) == (True, "good day")
        assert "greeter" in gateway.roster.listeners()["caller_known"]


async def test_what_holds_keys_to_their_limits_cannot_be_switched_off(tmp_path: Path) -> None:
    """Not even by a row in the database."""
    async with a_gateway(tmp_path, Greeter()) as gateway:
        refused = await refusal(AddonDesk(gateway).switch("spend_guard", "a test", enabled=False))
        await gateway.store.knobs.put("addon.spend_guard", '{"enabled":false}')
        await gateway.addons.run_once()
        assert AddonDesk(gateway).one("spend_guard").enabled
    assert refused.status == 409


async def test_what_another_process_turned_is_put_in_force(tmp_path: Path) -> None:
    addon = Greeter()
    async with a_gateway(tmp_path, addon) as gateway:
        await gateway.store.knobs.put("addon.greeter", '{"options":{"words":"good day"}}')
        await gateway.addons.run_once()
        assert addon.now == Options("good day")
        for nonsense in ("nonsense", '{"options":{"words":5}}', '{"options":{"times":13}}'):
            await gateway.store.knobs.put("addon.greeter", nonsense)
            await gateway.addons.run_once()

        assert addon.now == Options(), "what cannot be read is nothing; what is not taken changes nothing"
        await gateway.store.knobs.put("addon.greeter", "")
        await gateway.addons.run_once()
        assert addon.now == Options()


async def test_a_change_that_cannot_be_stored_is_taken_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def gone(name: str, value: str) -> None:
        raise OSError("disk full")

    addon = Greeter()
    async with a_gateway(tmp_path, addon) as gateway:
        monkeypatch.setattr(gateway.store.knobs, "put", gone)
        with pytest.raises(StoreUnavailable):
            await AddonDesk(gateway).configure("greeter", {"words": "good day"}, "a test")

        assert addon.now == Options()
        assert gateway.roster.turned_of("greeter").options == {}


async def test_a_file_is_loaded_anew_and_nothing_else_is(tmp_path: Path) -> None:
    path = tmp_path / "filed.py"
    path.write_text(FILE.replace("{number}", "1"))
    async with a_gateway(tmp_path, Greeter(), (str(path),)) as gateway:
        desk = AddonDesk(gateway)
        before = desk.one("filed")
        path.write_text(FILE.replace("{number}", "2"))
        after = await desk.reload("filed", "a test")
        path.write_text("nonsense(")
        broken = await refusal(desk.reload("filed", "a test"))
        builtin = await refusal(desk.reload("metrics", "a test"))

    assert (before.version, after.version, before.is_file) == ("1", "2", True)
    assert (broken.status, builtin.status) == (409, 409)
    assert "SyntaxError" in broken.message
    assert "restart" in builtin.message


async def test_an_addon_that_nobody_knows_is_not_found(tmp_path: Path) -> None:
    async with a_gateway(tmp_path, Greeter()) as gateway:
        desk = AddonDesk(gateway)
        with pytest.raises(Refused) as caught:
            desk.one("nobody")
        calls = [
            desk.configure("nobody", {}, "a test"),
            desk.switch("nobody", "a test", enabled=True),
            desk.reload("nobody", "a test"),
        ]
        refusals = [caught.value, *[await refusal(call) for call in calls]]

    assert {one.status for one in refusals} == {404}
