"""Every hook, each in a test of its name, through a running gateway. Source: architecture.md 8.2."""

import asyncio
import json
from typing import Any, ClassVar

import pytest
from msgspec import Struct

from app.addon import (
    Addon,
    Attempt,
    BadOption,
    Event,
    Flow,
    Forbidden,
    LimitReached,
    Loader,
    PoolChange,
    Proceed,
    TextDelta,
    replace,
)
from app.hooks.errors import AddonRefused
from tests.support.world import World, a_world

CHAT = "/v1/chat/completions"


def asking(words: str = "Hello", **members: Any) -> dict[str, Any]:
    return {"model": "gemini-2.5-flash", "messages": [{"role": "user", "content": words}], **members}


async def said(world: World, words: str = "Hello", **members: Any) -> str:
    async with world.client() as client:
        reply = await client.post(CHAT, json=asking(words, **members))
    assert reply.status_code == 200, reply.text
    return str(reply.json()["choices"][0]["message"]["content"])


class Noting(Addon):
    """Writes down which hook was called with what."""

    name = "noting"

    def __init__(self) -> None:
        self.seen: list[Any] = []


async def test_load() -> None:
    class Stage:
        name: ClassVar[str] = "noted"

        async def __call__(self, flow: Flow, proceed: Proceed) -> None:
            flow.note("noted")
            await proceed(flow)

    class Adding(Addon):
        def load(self, loader: Loader) -> None:
            loader.add_stage(Stage(), before="convert")

    async with a_world(with_addons=[Adding()]) as world, world.client() as client:
        reply = await client.post(CHAT, json=asking())
        names = [stage.name for stage in world.gateway.plan.stages_of("generate")]

    assert "noted" in reply.headers["x-gateway-notes"]
    assert names.index("noted") == names.index("convert") - 1


class Greeting(Struct):
    words: str = "hello"
    ending: str = "."


async def test_configure() -> None:
    class Greeter(Addon):
        name = "greeter"
        options = Greeting

        def configure(self, options: Greeting) -> None:
            if not options.words:
                raise BadOption("`words` must not be empty")
            self.words = options.words + options.ending

        async def prompt_read(self, flow: Flow) -> None:
            flow.answer(self.words)

    async with a_world(with_addons=[Greeter()], addon_options={"greeter": {"ending": "!"}}) as world:
        first = await said(world)
        await world.gateway.roster.configure("greeter", {"words": "good night"})
        second = await said(world)
        with pytest.raises(BadOption, match="empty"):
            await world.gateway.roster.configure("greeter", {"words": ""})
        third = await said(world)

    assert (first, second, third) == ("hello!", "good night!", "good night!")


async def test_running_and_done() -> None:
    class Living(Noting):
        async def running(self) -> None:
            self.seen.append("running")

        async def caller_known(self, flow: Flow) -> None:
            self.seen.append("asked")

        async def flow_closed(self, flow: Flow) -> None:
            self.seen.append("closed")

        async def done(self) -> None:
            self.seen.append("done")

    addon = Living()
    async with a_world(with_addons=[addon]) as world:
        await said(world)

    assert addon.seen == ["running", "asked", "closed", "done"]


async def test_running_that_fails_ends_the_start() -> None:
    class Broken(Addon):
        async def running(self) -> None:
            raise OSError("no such device")

    with pytest.raises(AddonRefused, match="`broken` cannot run: OSError"):
        async with a_world(with_addons=[Broken()]):
            pass


async def test_caller_known() -> None:
    class NoPhones(Noting):
        async def caller_known(self, flow: Flow) -> None:
            self.seen.append((flow.known_caller.name, flow.prompt))
            if flow.headers.get("x-device") == "phone":
                raise Forbidden("Not from a phone.")

    addon = NoPhones()
    async with a_world(with_addons=[addon]) as world, world.client() as client:
        await said(world)
        refused = await client.post(CHAT, json=asking(), headers={"x-device": "phone"})

    assert addon.seen == [("test", None), ("test", None)]
    assert refused.status_code == 403
    assert "Not from a phone." in refused.text


async def test_prompt_read() -> None:
    class Shorter(Addon):
        async def prompt_read(self, flow: Flow) -> None:
            if flow.asked.model == "gemini-2.5-pro":
                raise LimitReached("Enough for today.", retry_after_s=60)
            flow.prompt = replace(flow.asked, system=("Be brief.",))

    async with a_world(with_addons=[Shorter()]) as world, world.client() as client:
        await said(world)
        refused = await client.post(CHAT, json=asking(model="gemini-2.5-pro"))
        sent = world.generations[0].body

    assert "Be brief." in json.dumps(sent)
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "60")


@pytest.mark.parametrize("path", [CHAT, "/v1/messages"])
@pytest.mark.parametrize("stream", [False, True])
async def test_prompt_read_may_answer_in_place_of_a_model(path: str, stream: bool) -> None:
    class Parrot(Addon):
        async def prompt_read(self, flow: Flow) -> None:
            flow.answer("Polly wants a cracker.")

    async with a_world(with_addons=[Parrot()]) as world, world.client() as client:
        reply = await client.post(path, json=asking(stream=stream, max_tokens=100))
        unknown = await client.post(path, json=asking(model="no-such-model", max_tokens=100))
        asked = world.generations

    assert "Polly wants a cracker." in reply.text
    assert ("[DONE]" in reply.text or "message_stop" in reply.text) is stream
    assert unknown.status_code == 404
    assert asked == []


async def test_attempt_started() -> None:
    class Tagging(Addon):
        async def attempt_started(self, flow: Flow, attempt: Attempt) -> None:
            attempt.call = replace(attempt.call, headers=(("x-tag", f"{attempt.number}"),))

    async with a_world(with_addons=[Tagging()]) as world:
        await said(world)
        (sent,) = world.generations

    assert dict(sent.headers)["x-tag"] == "1"


async def test_event() -> None:
    class Loud(Addon):
        def event(self, flow: Flow, event: Event) -> Event | tuple[Event, ...] | None:
            if isinstance(event, TextDelta):
                return (TextDelta(event.text.upper()), TextDelta("!"))
            return event

    async with a_world(with_addons=[Loud()]) as world:
        text = await said(world)

    assert text == text.upper()
    assert text.endswith("!")


async def test_attempt_ended() -> None:
    class Attempts(Noting):
        async def attempt_ended(self, flow: Flow, attempt: Attempt) -> None:
            self.seen.append((attempt.number, attempt.error.code if attempt.error else "ok"))

    addon = Attempts()
    async with a_world(with_addons=[addon]) as world:
        await said(world, "Hello")
        await world.gateway.closer.caught_up()

    assert addon.seen == [(1, "ok")]


@pytest.mark.parametrize("leaves", [False, True])
async def test_flow_closed(leaves: bool) -> None:
    """architecture.md 8.2: exactly once per flow, whatever happened."""

    class Endings(Noting):
        async def flow_closed(self, flow: Flow) -> None:
            self.seen.append(flow.outcome)

    addon = Endings()
    async with a_world(with_addons=[addon], scenario="happy") as world, world.client() as client:
        if leaves:
            async with client.stream("POST", CHAT, json=asking("[[sim: profile=slow]] Hello", stream=True)):
                pass
        else:
            await client.post(CHAT, json=asking(stream=True))
            await client.post(CHAT, content=b"{")
        await world.is_at_rest()
        await world.gateway.closer.caught_up()

    assert len(addon.seen) == (1 if leaves else 2)
    assert leaves or addon.seen == ["ok", "client_fault"]


async def test_pool_changed() -> None:
    class Pool(Noting):
        async def pool_changed(self, change: PoolChange) -> None:
            self.seen.append(change.kind)

    addon = Pool()
    async with a_world(with_addons=[addon], accounts=1) as world:
        (status,) = world.gateway.pool.snapshot()
        await world.gateway.pool.remove(status.id)
        await world.gateway.closer.caught_up()

    assert "added" in addon.seen
    assert addon.seen[-1] == "removed"


async def test_before_and_after_bend_the_order() -> None:
    """architecture.md 8.3."""

    class First(Addon):
        name = "first"

        async def prompt_read(self, flow: Flow) -> None:
            flow.note("first")

    class Second(Addon):
        name = "second"
        before = ("first",)

        async def prompt_read(self, flow: Flow) -> None:
            flow.note("second")

    async with a_world(with_addons=[First(), Second()]) as world, world.client() as client:
        reply = await client.post(CHAT, json=asking())

    assert reply.headers["x-gateway-notes"] == "second,first"


async def test_an_admin_view_is_for_administrators() -> None:
    class Viewing(Addon):
        name = "viewing"

        def load(self, loader: Loader) -> None:
            loader.add_admin_view("state", self.state)

        async def state(self, call: Any) -> dict[str, str]:
            return {"asked": call.query["q"]}

    async with a_world(with_addons=[Viewing()]) as world, world.client() as client:
        where = "/admin/addons/viewing/state?q=1"
        password = world.gateway.settings.admin.admin_password
        stranger = await client.get(where)
        admin = await client.get(where, headers={"authorization": f"Bearer {password}"})

    assert stranger.status_code == 401
    assert admin.json() == {"asked": "1"}


async def test_a_job_runs_while_the_addon_is_loaded() -> None:
    class Ticking(Addon):
        every_s = 0.001

        def __init__(self) -> None:
            self.ticked = asyncio.Event()

        def load(self, loader: Loader) -> None:
            loader.add_job(self)

        async def run_once(self) -> None:
            self.ticked.set()

    addon = Ticking()
    async with a_world(with_addons=[addon]):
        async with asyncio.timeout(10):
            await addon.ticked.wait()
