"""Addons that are switched, configured and replaced while the gateway runs; what they bring comes and goes.

Spec: architecture.md 8.1, 8.5, 8.7.
"""

import asyncio
from pathlib import Path
from typing import Any

import httpx
from msgspec import Struct

from app.addon import Addon, AdminCall, Flow, Loader
from app.admin.api.addons import AddonDesk
from tests.support.echo import ECHO, Echo
from tests.support.example_addons import FOLDER
from tests.support.world import World, a_world

CHAT = "/v1/chat/completions"


def asking(**members: Any) -> dict[str, Any]:
    return {"model": "gemini-2.5-flash", "messages": [{"role": "user", "content": "Hello"}], **members}


def as_admin(world: World) -> dict[str, str]:
    return {"authorization": f"Bearer {world.gateway.settings.admin.admin_password}"}


class Echoing(Addon):
    name = "echoing"

    def load(self, loader: Loader) -> None:
        loader.add_upstream(Echo(), [ECHO])


async def models(client: httpx.AsyncClient) -> list[str]:
    return [model["id"] for model in (await client.get("/v1/models")).json()["data"]]


async def test_the_models_of_an_addon_come_and_go_with_it() -> None:
    async with a_world(with_addons=[Echoing()]) as world, world.client() as client:
        desk = AddonDesk(world.gateway)
        before = await client.post(CHAT, json=asking(model=ECHO.id))
        await desk.switch("echoing", "a test", enabled=False)
        listed = await models(client)
        without = await client.post(CHAT, json=asking(model=ECHO.id))
        shipped = await client.post(CHAT, json=asking())
        await desk.switch("echoing", "a test", enabled=True)
        after = await client.post(CHAT, json=asking(model=ECHO.id))

    assert [r.status_code for r in (before, without, shipped, after)] == [200, 404, 200, 200]
    assert ECHO.id not in listed
    assert desk.one("echoing").models == [ECHO.id]


async def test_a_reloaded_file_brings_its_new_client_api_and_takes_the_old_one_away(tmp_path: Path) -> None:
    source = (FOLDER / "toy_dialect.py").read_text()
    path = tmp_path / "toy_dialect.py"
    path.write_text(source)
    async with a_world(addons=(str(path),)) as world, world.client() as client:
        desk = AddonDesk(world.gateway)
        first = await client.post("/toy", content="Hello")
        path.write_text(source.replace('"/toy"', '"/toys"'))
        await desk.reload("toy_dialect", "a test")
        old, new = [await client.post(at, content="Hello") for at in ("/toy", "/toys")]
        await desk.switch("toy_dialect", "a test", enabled=False)
        off = await client.post("/toys", content="Hello")
        shipped = await client.post(CHAT, json=asking())

    assert [r.status_code for r in (first, new, shipped)] == [200, 200, 200]
    assert {old.status_code, off.status_code} <= {404, 405}


VIEWS = """
from app.addon import Addon, AdminCall, Loader
class Viewing(Addon):
    name = "viewing"
    def load(self, loader: Loader) -> None:
        loader.add_admin_view("{view}", self.state)
    async def state(self, call: AdminCall) -> str:
        return "{view} by " + call.method
    async def flow_closed(self, flow): pass
addons = [Viewing()]
"""


async def test_views_come_and_go_and_are_guarded_like_the_admin_api(tmp_path: Path) -> None:
    path = tmp_path / "viewing.py"
    path.write_text(VIEWS.replace("{view}", "one"))
    async with a_world(addons=(str(path),)) as world, world.client() as client:
        desk, admin = AddonDesk(world.gateway), as_admin(world)

        async def status(view: str, method: str = "GET", **headers: str) -> int:
            where = f"/admin/addons/viewing/{view}"
            return (await client.request(method, where, headers={**admin, **headers})).status_code

        assert (await client.get("/admin/addons/viewing/one", headers=admin)).text == "one by GET"
        assert await status("one", authorization=f"Bearer {world.key}") == 401
        assert await status("nowhere", authorization="") == 401, "a stranger learns of no view"
        assert await status("one", host="evil.example.com") == 403
        assert await status("one", "POST") == 405
        path.write_text(VIEWS.replace("{view}", "two"))
        await desk.reload("viewing", "a test")
        assert [await status("one"), await status("two")] == [404, 200]
        await desk.switch("viewing", "a test", enabled=False)
        assert await status("two") == 404


class Slow(Addon):
    name = "slow"

    def __init__(self) -> None:
        self.closed: list[str] = []

    async def flow_closed(self, flow: Flow) -> None:
        self.closed.append(flow.outcome)


async def test_a_stream_that_runs_keeps_an_addon_that_is_switched_off() -> None:
    addon = Slow()
    async with (
        a_world(with_addons=[addon], simulator={"profile": "realistic"}) as world,
        world.client() as client,
    ):
        stream = asyncio.ensure_future(client.post(CHAT, json=asking(stream=True)))
        while not world.simulator.open_streams:
            await asyncio.sleep(0.01)
        await AddonDesk(world.gateway).switch("slow", "a test", enabled=False)
        await client.post(CHAT, json=asking())
        await stream
        await world.gateway.closer.caught_up()

    assert addon.closed == ["ok"], "the one that ran, and not the one that began afterwards"


class Greeting(Struct):
    words: str = "hello"


class Greeter(Addon):
    name = "greeter"
    options = Greeting

    def configure(self, options: Greeting) -> None:
        self.words = options.words

    async def prompt_read(self, flow: Flow) -> None:
        flow.answer(self.words)


async def test_a_changed_option_answers_the_next_request() -> None:
    async with a_world(with_addons=[Greeter()]) as world, world.client() as client:
        before = await client.post(CHAT, json=asking())
        await AddonDesk(world.gateway).configure("greeter", {"words": "good day"}, "a test")
        after = await client.post(CHAT, json=asking())

    assert "hello" in before.text
    assert "good day" in after.text


async def test_what_goes_wrong_in_an_addon_is_counted_and_shown() -> None:
    class Failing(Addon):
        name = "failing"

        def load(self, loader: Loader) -> None:
            loader.add_admin_view("broken", self.broken)

        async def broken(self, call: AdminCall) -> str:
            raise KeyError("a bug")

        async def attempt_ended(self, flow: Flow, attempt: object) -> None:
            raise KeyError("a bug")

        async def flow_closed(self, flow: Flow) -> None:
            raise KeyError("Bearer abcdefghijklmnop")

    async with a_world(with_addons=[Failing()]) as world, world.client() as client:
        await client.get("/admin/addons/failing/broken", headers=as_admin(world))
        await client.post(CHAT, json=asking())
        await world.gateway.closer.caught_up()
        shown = AddonDesk(world.gateway).one("failing")

    assert shown.errors == 3
    assert "flow_closed failed: KeyError: 'Bearer ***'" in shown.last_error
