"""Pages over HTTP: below a prefix, in two languages. Spec: admin-ui.md 2.2, part 4."""

import asyncio
import re
import sqlite3
from base64 import urlsafe_b64encode
from contextlib import closing
from html import unescape
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from app.web.panel.frame import PAGES, Notice
from app.wire import json
from tests.support.browser import PASSWORD
from tests.support.panel import a_reader
from tests.support.stripping import PREFIX, stripping
from tests.support.world import a_world

ADDRESS = re.compile(r'(?:href|src|action)="([^"]*)"')


async def test_below_a_prefix_everything_links_within_it() -> None:
    """admin-ui.md part 4, 10: pages, forms, files, the stream; through a proxy that takes the prefix off."""
    async with stripping() as proxy, a_world(admin_password=PASSWORD, public_url=proxy.url) as world:
        proxy.target = urlsplit(world.base_url).port or 0
        async with httpx.AsyncClient(trust_env=False, timeout=30) as browser:
            origin = f"http://127.0.0.1:{proxy.port}"
            inside = await browser.get(f"{proxy.url}/admin/link/{world.gateway.sign_in_links.new()}")
            assert inside.headers["location"] == f"{PREFIX}/admin/"
            assert f"Path={PREFIX}/admin" in inside.headers["set-cookie"]
            seen: dict[str, int] = {}
            waiting = [f"{PREFIX}/admin/"]
            while waiting:
                path = waiting.pop()
                reply = await browser.get(origin + path)
                seen[path] = reply.status_code
                if not reply.headers.get("content-type", "").startswith("text/html"):
                    continue
                found = {unescape(one).partition("#")[0] for one in ADDRESS.findall(reply.text)}
                outside = {
                    one for one in found if one and not one.startswith((f"{PREFIX}/", "https://", "data:"))
                }
                assert outside == set(), path
                if len(seen) < 60:
                    waiting += [one for one in found if one.startswith("/") and one not in {*seen, *waiting}]
            token = re.search(
                r'name="csrf" value="([0-9a-f]+)"', (await browser.get(f"{proxy.url}/admin/")).text
            )
            assert token is not None
            async with browser.stream("GET", f"{proxy.url}/admin/events") as events:
                first = await anext(events.aiter_lines())
            told = {"csrf": token[1], "theme": "dark", "next": "/admin/playground"}
            chosen = await browser.post(f"{proxy.url}/admin/prefer", data=told, headers={"origin": origin})

    broken = {path: status for path, status in seen.items() if status >= 500}
    assert broken == {}
    assert {seen[path] for path in seen if "/static/" in path} == {200}
    assert sum("/static/" in path for path in seen) >= 6
    assert seen[f"{PREFIX}/admin/playground"] == 200
    assert first.startswith("id: ")
    assert chosen.headers["location"] == f"{PREFIX}/admin/playground"


@pytest.mark.parametrize(("accepted", "said"), [("zh-CN,zh;q=0.9", "试用台"), ("de,en", "Playground")])
async def test_the_browsers_language_counts_until_another_is_chosen(accepted: str, said: str) -> None:
    """admin-ui.md 2.7."""
    async with a_world(admin_password=PASSWORD) as world:
        headers = {"accept-language": accepted}
        async with httpx.AsyncClient(base_url=world.base_url, trust_env=False, headers=headers) as browser:
            await browser.get(f"/admin/link/{world.gateway.sign_in_links.new()}")
            page = await browser.get("/admin/playground")
            form = {"language": "zh", "next": "/admin/playground"}
            await browser.post("/admin/prefer", data=form, headers={"sec-fetch-site": "same-origin"})
            chosen = await browser.get("/admin/playground")

    assert f"<h1>{said}</h1>" in page.text
    assert '<html lang="zh"' in chosen.text


async def test_reading_pages_changes_no_row() -> None:
    """admin-ui.md part 4, 9: sessions apart."""
    async with a_world(admin_password=PASSWORD) as world:
        async with world.client() as client:
            said = {"model": "gemini-3-flash", "messages": [{"role": "user", "content": "Hello!"}]}
            flow = (await client.post("/v1/chat/completions", json=said)).headers["x-request-id"]
        await world.gateway.closer.caught_up()
        path = Path(world.gateway.settings.database.db_path)
        async with httpx.AsyncClient(base_url=world.base_url, trust_env=False, timeout=30) as browser:
            await browser.get(f"/admin/link/{world.gateway.sign_in_links.new()}")
            await written_down(path, flow)
            before = dumped(path)
            account = world.gateway.pool.snapshot()[0].id
            asked = [f"/admin/{'' if page == 'overview' else page}" for page in PAGES]
            asked += [f"/admin/requests/{flow}", f"/admin/accounts/{account}", "/admin/shortcuts"]
            statuses = {one: (await browser.get(one)).status_code for one in asked}
            after = dumped(path)

    assert statuses["/admin/"] == statuses["/admin/playground"] == 200
    assert {status for status in statuses.values() if status >= 500} == set()
    assert before == after


async def written_down(path: Path, flow: str) -> None:
    """The request's row is written a moment after its answer, and what it adds up to with it."""
    async with asyncio.timeout(20):
        while not any(flow in line and "'running'" not in line for line in dumped(path)):
            await asyncio.sleep(0.05)


def dumped(path: Path) -> list[str]:
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
        return [line for line in database.iterdump() if "admin_sessions" not in line]


async def test_a_refresh_of_parts_leaves_the_notice_to_the_page() -> None:
    """admin-ui.md 2.6: what was done is said, whatever is fetched in between."""
    async with a_reader() as reader:
        told = urlsafe_b64encode(json.encode(Notice("done", "it is done"))).decode()
        reader.client.cookies.set("notice", told, path="/admin")
        between = await reader.page("/admin/keys", **{"x-live": "1"})
        page = await reader.page("/admin/keys")

    assert "it is done" not in between
    assert "it is done" in page
