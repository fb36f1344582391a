"""One stream per visible tab that says which parts of a page have changed. Never: what changed in them.

Bounded by its nature: an event is the topics that moved since the last one, at most one a second.
Source: admin-ui.md 2.5.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping

from quart import Blueprint, Response, g, request

from app.gateway.news import News
from app.gateway.parts import Gateway
from app.ids import random_token
from app.wire import json

COALESCE_S = 1.0
BEAT_S = 5.0
"""A stream that is silent for longer than a few beats is broken, and the page says so."""
LOOK_EVERY_S = 15.0
"""How often a stream asks whether its session still lives."""


def add_live(pages: Blueprint, gateway: Gateway) -> None:
    """Register the stream."""
    boot = random_token(6)

    @pages.get("/events")
    async def events() -> Response:
        seen = _seen(request.headers.get("last-event-id", ""), boot)
        response = Response(
            _told(gateway, boot, seen, g.session.id if g.session is not None else ""),
            content_type="text/event-stream",
            headers={"cache-control": "no-store", "x-accel-buffering": "no"},
        )
        response.timeout = None
        return response


async def _told(
    gateway: Gateway, boot: str, seen: Mapping[str, int] | None, session: str
) -> AsyncIterator[bytes]:
    news, looked = gateway.news, gateway.clock.monotonic()
    if seen is None:
        seen = dict(news.counts)
        yield _event("hello", boot, seen, [])
    while not gateway.floor.draining:
        moved = [topic for topic, count in news.counts.items() if count != seen.get(topic)]
        seen = dict(news.counts)
        yield _event("moved" if moved else "beat", boot, seen, moved)
        await asyncio.sleep(COALESCE_S)
        if session and gateway.clock.monotonic() - looked >= LOOK_EVERY_S:
            looked = gateway.clock.monotonic()
            if await gateway.store.sessions.find(session) is None:
                return  # signed out, here or elsewhere
        if news.counts == seen:
            await _moved(news)


async def _moved(news: News) -> None:
    try:
        async with asyncio.timeout(BEAT_S - COALESCE_S):
            await news.moved()
    except TimeoutError:
        return


def _event(kind: str, boot: str, counts: Mapping[str, int], topics: list[str]) -> bytes:
    mark = boot + "." + ".".join(map(str, counts.values()))
    return b"id: %s\nevent: %s\ndata: %s\n\n" % (
        mark.encode(),
        kind.encode(),
        json.encode({"topics": topics}),
    )


def _seen(mark: str, boot: str) -> dict[str, int] | None:
    """What a browser that comes back had seen; an unknown mark means: everything may have changed."""
    if not mark:
        return None
    same, *counts = mark.split(".")
    from_us = same == boot and all(count.isdigit() for count in counts)
    return dict(zip(News().counts, map(int, counts), strict=False)) if from_us else {}
