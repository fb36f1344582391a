"""Addons that raise, hang, return nonsense, cancel, or are replaced under load.

Source: architecture.md 8.5, 8.6.
"""

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.addon import Addon, Attempt, End, Event, Flow, TextDelta
from app.hooks import call
from app.hooks.errors import AddonRefused
from tests.support.world import World, a_world

CHAT = "/v1/chat/completions"


def asking(words: str = "Hello", **members: Any) -> dict[str, Any]:
    return {"model": "gemini-2.5-flash", "messages": [{"role": "user", "content": words}], **members}


async def forever() -> None:
    await asyncio.Event().wait()


async def raising() -> None:
    raise RuntimeError("a bug of an addon")


async def leaving() -> None:
    sys.exit(3)


async def cancelled() -> None:
    raise asyncio.CancelledError


async def cancelling() -> None:
    task = asyncio.current_task()
    assert task is not None
    task.cancel()


class Bad(Addon):
    """Does something bad in one hook."""

    def __init__(self, hook: str, deed: Callable[[], Any]) -> None:
        async def listen(*_: object) -> None:
            await deed()

        setattr(self, hook, listen)


CHANGERS = ("caller_known", "prompt_read", "attempt_started")
WATCHERS = ("attempt_ended", "flow_closed", "pool_changed")


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(call, "CHANGER_LIMIT_S", 0.05)
    monkeypatch.setattr(call, "WATCHER_LIMIT_S", 0.05)


async def cancelling_and_waiting() -> None:
    await asyncio.sleep(0)
    await cancelling()
    await asyncio.sleep(0)


@pytest.mark.parametrize("deed", [forever, raising, leaving, cancelled, cancelling, cancelling_and_waiting])
@pytest.mark.parametrize("hook", CHANGERS)
async def test_a_changer_that_misbehaves_stops_its_request_and_no_other(
    hook: str, deed: Callable[[], Any]
) -> None:
    async with a_world(with_addons=[Bad(hook, deed)]) as world, world.client() as client:
        whole = await client.post(CHAT, json=asking())
        stream = await client.post(CHAT, json=asking(stream=True))
        alive = await client.get("/health/live")

        assert (whole.status_code, stream.status_code, alive.status_code) == (500, 500, 200)
        assert "addon hook" in whole.text
        assert "a bug of" not in whole.text
        assert await world.is_at_rest()


@pytest.mark.parametrize("deed", [forever, raising, leaving, cancelled, cancelling])
@pytest.mark.parametrize("hook", WATCHERS)
async def test_a_watcher_that_misbehaves_neither_delays_nor_loses_anything(
    hook: str, deed: Callable[[], Any]
) -> None:
    class Honest(Addon):
        def __init__(self) -> None:
            self.seen: list[str] = []

        async def attempt_ended(self, flow: Flow, attempt: Attempt) -> None:
            self.seen.append("attempt")

        async def flow_closed(self, flow: Flow) -> None:
            self.seen.append(flow.outcome)

    honest = Honest()
    async with a_world(with_addons=[Bad(hook, deed), honest]) as world, world.client() as client:
        replies = [await client.post(CHAT, json=asking(stream=stream)) for stream in (False, True)]
        await world.gateway.closer.caught_up()

    assert [reply.status_code for reply in replies] == [200, 200]
    assert honest.seen == ["attempt", "ok"] * 2


def returning(what: Any, only: type = TextDelta) -> Callable[[Flow, Event], Any]:
    def event(flow: Flow, event: Event) -> Any:
        return what if isinstance(event, only) else event

    return event


def failing(flow: Flow, event: Event) -> Any:
    raise KeyError("a bug of an addon")


def giving_up(flow: Flow, event: Event) -> Any:
    raise asyncio.CancelledError


def cancelling_itself(flow: Flow, event: Event) -> Event:
    if isinstance(event, TextDelta):
        task = asyncio.current_task()
        assert task is not None
        task.cancel()
    return event


@pytest.mark.parametrize(
    "event",
    [
        returning("text"),
        returning([TextDelta("a list")]),
        returning((TextDelta("x"), 5)),
        returning(None, only=End),
        returning(End("stop")),
        failing,
        giving_up,
        cancelling_itself,
    ],
    ids=["text", "list", "tuple", "no end", "early end", "crash", "cancellation", "cancelling"],
)
async def test_nonsense_from_an_event_hook_never_reaches_a_client_as_an_answer(
    event: Callable[[Flow, Event], Any],
) -> None:
    class Nonsense(Addon):
        def __init__(self) -> None:
            setattr(self, "event", event)  # noqa: B010 - as a careless addon would

    async with a_world(with_addons=[Nonsense()]) as world, world.client() as client:
        whole = await client.post(CHAT, json=asking())
        stream = await client.post(CHAT, json=asking(stream=True))

        assert whole.status_code == 500
        assert stream.status_code == 500 or '"error"' in stream.text
        assert await world.is_at_rest()


async def test_a_prompt_that_is_none_stops_the_request() -> None:
    class Careless(Addon):
        async def prompt_read(self, flow: Flow) -> None:
            flow.prompt = "hello"  # type: ignore[assignment]  # as a careless addon would

    async with a_world(with_addons=[Careless()]) as world, world.client() as client:
        reply = await client.post(CHAT, json=asking())

    assert reply.status_code == 500


async def test_a_tolerant_addon_is_skipped_when_it_crashes() -> None:
    class Tolerant(Addon):
        tolerant = True

        async def prompt_read(self, flow: Flow) -> None:
            raise KeyError("a bug of an addon")

        def event(self, flow: Flow, event: Event) -> Event:
            raise KeyError("a bug of an addon")

    async with a_world(with_addons=[Tolerant()]) as world, world.client() as client:
        reply = await client.post(CHAT, json=asking())

    assert reply.status_code == 200


ADDON = """
from app.addon import Addon, Flow

class Versioned(Addon):
    name = "versioned"
    ended = []

    async def caller_known(self, flow: Flow) -> None:
        flow.note("version-{number}")
        flow.memo["version"] = {number}

    async def flow_closed(self, flow: Flow) -> None:
        self.ended.append(flow.memo["version"] == {number})

    async def done(self) -> None:
        self.ended.append("done")

addons = [Versioned()]
"""


def written(path: Path, number: int) -> str:
    path.write_text(ADDON.replace("{number}", str(number)))
    return str(path)


def versioned(world: World) -> Any:
    return next(one.addon for one in world.gateway.roster.members if one.name == "versioned")


async def test_a_reload_under_a_hundred_open_streams_touches_none_of_them(tmp_path: Path) -> None:
    """architecture.md 8.5: a flow keeps the table it began with."""
    path = tmp_path / "versioned.py"
    spec = written(path, 1)
    async with a_world(addons=(spec,), simulator={"profile": "realistic"}) as world:
        before = versioned(world)
        async with world.client() as client:
            streams = [
                asyncio.ensure_future(client.post(CHAT, json=asking("Count to ten", stream=True)))
                for _ in range(100)
            ]
            while world.simulator.open_streams < 100:
                await asyncio.sleep(0.01)
            written(path, 2)
            await world.gateway.roster.reload(spec)
            after = versioned(world)
            fresh = await client.post(CHAT, json=asking())
            replies = await asyncio.gather(*streams)
        await world.gateway.runner.settled()
        async with asyncio.timeout(10):
            while "done" not in before.ended:
                await asyncio.sleep(0.01)

        assert {reply.status_code for reply in replies} == {200}
        assert all("[DONE]" in reply.text for reply in replies)
        assert {reply.headers["x-gateway-notes"] for reply in replies} == {"version-1"}
        assert fresh.headers["x-gateway-notes"] == "version-2"
        assert before.ended == [True] * 100 + ["done"]
        assert after.ended == [True]


async def test_a_reload_that_fails_leaves_what_is_in_force(tmp_path: Path) -> None:
    spec = written(tmp_path / "versioned.py", 1)
    async with a_world(addons=(spec,)) as world, world.client() as client:
        Path(spec).write_text("def broken(:\n")
        with pytest.raises(AddonRefused, match="cannot be run: SyntaxError"):
            await world.gateway.roster.reload(spec)
        Path(spec).write_text(
            ADDON.replace("{number}", "2") + "\nclass Other(Versioned):\n    pass\n"
            "addons = [Versioned(), Other()]\n"
        )
        with pytest.raises(AddonRefused, match="Two addons are called `versioned`"):
            await world.gateway.roster.reload(spec)
        reply = await client.post(CHAT, json=asking())

    assert reply.headers["x-gateway-notes"] == "version-1"
