"""The stream that tells pages what has changed. Spec: admin-ui.md 2.5."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import httpx
import msgspec
import pytest

from app.web.panel import live
from tests.support.browser import PASSWORD
from tests.support.world import World, a_world

LIMIT_S = 20.0


class Event(msgspec.Struct):
    """One event: its id, its kind, the topics that moved."""

    id: str
    kind: str
    topics: list[str]


@asynccontextmanager
async def a_tab(world: World) -> AsyncIterator[httpx.AsyncClient]:
    """A browser that is signed in."""
    async with httpx.AsyncClient(base_url=world.base_url, trust_env=False, timeout=30) as browser:
        await browser.get(f"/admin/link/{world.gateway.sign_in_links.new()}")
        yield browser


async def told(reply: httpx.Response) -> AsyncIterator[Event]:
    """The events of a stream."""
    fields: dict[str, str] = {}
    async for line in reply.aiter_lines():
        name, _, value = line.partition(": ")
        if line:
            fields[name] = value
        else:
            topics = msgspec.json.decode(fields["data"])["topics"]
            yield Event(fields["id"], fields["event"], topics)


async def until(events: AsyncIterator[Event], kind: str) -> Event:
    async with asyncio.timeout(LIMIT_S):
        async for event in events:
            if event.kind == kind:
                return event
    raise AssertionError(f"the stream ended without `{kind}`")


async def test_a_change_is_told_by_its_topic_alone() -> None:
    async with (
        a_world(admin_password=PASSWORD) as world,
        a_tab(world) as tab,
        tab.stream("GET", "/admin/events") as reply,
    ):
        events = told(reply)
        hello = await until(events, "hello")
        world.gateway.news.note("keys")
        moved = await until(events, "moved")

    assert reply.headers["content-type"].startswith("text/event-stream")
    assert reply.headers["x-accel-buffering"] == "no"
    assert (hello.topics, moved.topics) == ([], ["keys"])


async def test_many_changes_are_told_at_once() -> None:
    """Nothing is queued: a thousand changes are one event."""
    async with (
        a_world(admin_password=PASSWORD) as world,
        a_tab(world) as tab,
        tab.stream("GET", "/admin/events") as reply,
    ):
        events = told(reply)
        await until(events, "hello")
        for topic in ("requests", "accounts") * 1000:
            world.gateway.news.note(topic)
        moved = await until(events, "moved")
        following = await until(events, "beat")

    assert moved.topics == ["accounts", "requests"]
    assert following.id == moved.id


async def test_whoever_comes_back_learns_what_was_missed() -> None:
    """`Last-Event-ID` gives the gap; an id of another start, or no id of ours, means everything."""
    async with (
        a_world(admin_password=PASSWORD) as world,
        a_tab(world) as tab,
        tab.stream("GET", "/admin/events") as reply,
    ):
        hello = await until(told(reply), "hello")
        world.gateway.news.note("jobs")
        seen: dict[str, Event] = {}
        boot, _, counts = hello.id.partition(".")
        for mark in (hello.id, f"other.{counts}", "rubbish", f"{boot}.x.y", f"{boot}.1"):
            async with tab.stream("GET", "/admin/events", headers={"last-event-id": mark}) as reply:
                seen[mark] = await anext(told(reply))

    missed, *everything = seen.values()
    assert (missed.kind, missed.topics) == ("moved", ["jobs"])
    assert {event.kind for event in everything} == {"moved"}
    assert all(set(event.topics) == set(world.gateway.news.counts) for event in everything)


async def test_streams_end_when_the_gateway_drains_and_hold_nothing() -> None:
    async with (
        a_world(admin_password=PASSWORD) as world,
        a_tab(world) as tab,
        tab.stream("GET", "/admin/events") as reply,
    ):
        events = told(reply)
        await until(events, "hello")
        world.gateway.begin_drain()
        world.gateway.news.note("jobs")
        async with asyncio.timeout(LIMIT_S):
            left = [event async for event in events]
    assert len(left) <= 2


async def test_many_tabs_are_each_told_and_leave_nothing_behind() -> None:
    """200 panels: one wake-up for all of them, and no task once they have gone."""
    async with a_world(admin_password=PASSWORD, max_connections_per_source=0) as world, a_tab(world) as tab:
        cookies = {"cookie": "; ".join(f"{name}={value}" for name, value in tab.cookies.items())}
        limits = httpx.Limits(max_connections=None)
        async with AsyncExitStack() as stack:
            many = await stack.enter_async_context(
                httpx.AsyncClient(
                    base_url=world.base_url, trust_env=False, timeout=60, headers=cookies, limits=limits
                )
            )
            streams: list[Any] = []
            for _ in range(200):
                reply = await stack.enter_async_context(many.stream("GET", "/admin/events"))
                streams.append(told(reply))
            for stream in streams:
                await until(stream, "hello")
            world.gateway.news.note("keys")
            moved = [await until(stream, "moved") for stream in streams]
        await a_while_until_no_stream_is_left()

    assert {tuple(event.topics) for event in moved} == {("keys",)}


async def a_while_until_no_stream_is_left() -> None:
    async with asyncio.timeout(LIMIT_S):
        while any("events" in repr(task.get_coro()) for task in asyncio.all_tasks()):
            await asyncio.sleep(0.05)


async def test_a_stream_ends_with_its_session(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever was signed out elsewhere hears nothing more."""
    monkeypatch.setattr(live, "LOOK_EVERY_S", 0.0)
    async with (
        a_world(admin_password=PASSWORD) as world,
        a_tab(world) as tab,
        tab.stream("GET", "/admin/events") as reply,
    ):
        events = told(reply)
        await until(events, "hello")
        (session,) = await world.gateway.store.sessions.all()
        await world.gateway.store.sessions.end(session.id)
        async with asyncio.timeout(LIMIT_S):
            left = [event async for event in events]
    assert len(left) <= 2


async def test_a_stranger_gets_no_stream() -> None:
    async with (
        a_world(admin_password=PASSWORD) as world,
        httpx.AsyncClient(base_url=world.base_url, trust_env=False) as stranger,
    ):
        reply = await stranger.get("/admin/events")

    assert reply.status_code == 303
