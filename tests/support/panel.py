"""The panel without a browser: pages as text, over HTTP, for somebody who is signed in."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from html import unescape
from typing import Any

import httpx

from tests.support.world import World, a_world


class Reader:
    """Reads pages of the panel as `httpx` would."""

    def __init__(self, world: World, client: httpx.AsyncClient) -> None:
        self.world = world
        self.client = client

    async def page(self, path: str, **headers: str) -> str:
        """The page at a path, which has to be there."""
        reply = await self.client.get(path, headers=headers)
        assert reply.status_code == 200, f"{reply.status_code} from {path}: {reply.text[:300]}"
        return reply.text


@asynccontextmanager
async def a_reader(language: str = "en", **values: Any) -> AsyncIterator[Reader]:
    """A world and somebody who reads its panel. `values` are those of a world."""
    async with (
        a_world(**values) as world,
        httpx.AsyncClient(base_url=world.base_url, trust_env=False, timeout=30) as client,
    ):
        client.headers["accept-language"] = language
        await client.get(f"/admin/link/{world.gateway.sign_in_links.new()}")
        yield Reader(world, client)


def text_of(html: str) -> str:
    """What a page says, without its markup."""
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", html)).split())


def part(html: str, name: str) -> str:
    """The markup from the element of that id on to the next section's end."""
    begun = html.index(f'id="{name}"')
    return html[begun : html.index("</section>", begun)]
