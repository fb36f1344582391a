"""The pages of accounts and jobs over plain HTTP. Spec: admin-ui.md 2.3, 2.4; part 4 (5), (9)."""

import gzip
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx

from app.store.parcel import PackedAccount
from tests.support.admin import PASSWORD
from tests.support.world import World, a_world

MOST_BYTES = 60_000
"""Of a page, compressed; admin-ui.md part 4 (5)."""


@asynccontextmanager
async def a_visitor(**values: Any) -> AsyncIterator[tuple[World, httpx.AsyncClient]]:
    """A world and somebody who has signed in to its panel."""
    async with (
        a_world(admin_password=PASSWORD, **values) as world,
        httpx.AsyncClient(base_url=world.base_url, trust_env=False, timeout=60) as client,
    ):
        await client.get(f"/admin/link/{world.gateway.sign_in_links.new()}")
        yield world, client


async def posted(client: httpx.AsyncClient, path: str, page: str, **fields: Any) -> httpx.Response:
    """A form of a page of ours, sent as a browser does."""
    found = re.search(r'name="csrf" value="(\w+)"', (await client.get(page)).text)
    assert found is not None
    headers = {"sec-fetch-site": "same-origin", "referer": str(client.base_url) + page}
    return await client.post(path, data={"csrf": found[1], **fields}, headers=headers)


async def test_five_thousand_accounts_are_a_page_of_a_hundred() -> None:
    """Filtering, ordering and paging happen on the server; each page stays small."""
    many = [
        PackedAccount(email=f"somebody-{number:04}@example.test", refresh_token=f"1//{number}", project="p")
        for number in range(5000)
    ]
    async with a_visitor(accounts=0, simulator={"accounts": 0}) as (world, client):
        await world.gateway.store.accounts.add_all(many)
        await world.gateway.pool.load()
        first = await client.get("/admin/accounts")
        found = await client.get("/admin/accounts?text=somebody-49&sort=name")
        following = re.search(r'id="next-page" href="([^"]+)"', first.text)
        assert following is not None
        second = await client.get(following[1].replace("&amp;", "&"))

    assert first.text.count('<tr id="row-') == 100
    assert "somebody-0000@" in first.text
    assert "somebody-0100@" in second.text
    assert "somebody-0099@" not in second.text
    assert found.text.count('<tr id="row-') == 100
    assert "100 accounts match" in found.text
    for page in (first, second, found):
        assert len(gzip.compress(page.content)) < MOST_BYTES


async def test_the_list_of_models_stays_small_however_many_accounts_there_are() -> None:
    """2.3, Models: a square per account, as many as can be looked at; the page of a model has the others."""
    many = [
        PackedAccount(email=f"{number}@example.test", refresh_token=f"1//{number}") for number in range(200)
    ]
    async with a_visitor(accounts=0, simulator={"accounts": 0}) as (world, client):
        await world.gateway.store.accounts.add_all(many)
        await world.gateway.pool.load()
        page = await client.get("/admin/models")

    assert page.text.count('aria-label="and 170 more accounts"') == page.text.count('id="open-')
    assert len(gzip.compress(page.content)) < MOST_BYTES


async def test_reading_changes_no_row() -> None:
    """Part 4 (9): sessions apart."""
    async with a_visitor(accounts=2) as (world, client):
        account = world.gateway.pool.snapshot()[0].id
        run = await world.gateway.store.refreshes.begin(await world.gateway.store.accounts.all(), parallel=1)
        await world.gateway.store.refreshes.claim(run.id, "somebody else")
        pages = [
            *("/admin/accounts", "/admin/accounts?state=ready&text=a", f"/admin/accounts/{account}"),
            *(f"/admin/accounts/{account}/edit", f"/admin/accounts/{account}/remove"),
            *("/admin/accounts/add", "/admin/accounts/import", "/admin/accounts/export"),
            *("/admin/accounts/batch?state=ready&action=remove", "/admin/jobs", "/admin/jobs/new"),
            f"/admin/jobs/{run.id}",
        ]
        before = await _rows(world)
        replies = [await client.get(page) for page in pages]
        after = await _rows(world)

    assert [reply.status_code for reply in replies] == [200] * len(pages)
    assert before == after


async def _rows(world: World) -> object:
    store = world.gateway.store
    await store.writer.flush()
    return (
        await store.accounts.all(),
        await store.refreshes.all(),
        (await store.audit.page()).entries,
        await store.history.events(world.gateway.pool.snapshot()[0].id),
    )


async def test_a_language_is_spoken_whole() -> None:
    async with a_visitor(accounts=1) as (_, client):
        client.cookies.set("language", "zh", path="/admin")
        pages = [await client.get(page) for page in ("/admin/accounts", "/admin/jobs", "/admin/accounts/add")]

    assert all('lang="zh"' in page.text for page in pages)
    assert "需要处理的优先" in pages[0].text


async def test_a_failure_leads_back_to_where_the_change_was_asked_for() -> None:
    """admin-ui.md 2.6: failure = back, with the reason."""
    async with a_visitor(scenario="revoked-account", accounts=2) as (world, client):
        account = world.gateway.pool.snapshot()[0].id
        page = "/admin/accounts?sort=name"
        reply = await posted(client, f"/admin/accounts/{account}/refresh", page)
        shown = await client.get(reply.headers["location"])
        nothing = await posted(client, "/admin/accounts/batch", page, action="enable")
        told = await client.get(nothing.headers["location"])
        unasked = await client.post(f"/admin/accounts/{account}/disable", data={"csrf": "forged"})

    assert (reply.status_code, reply.headers["location"]) == (303, page)
    assert "does not accept the sign-in" in shown.text
    assert "Choose accounts first." in told.text
    assert unasked.status_code == 403
    assert world.gateway.pool.snapshot()[0].enabled


async def test_a_run_is_begun_for_what_the_list_shows() -> None:
    """admin-ui.md 2.4.1: all, matching filter, selected, older than an hour; the way back is one of ours."""
    async with a_visitor(accounts=3) as (world, client):
        ids = [one.id for one in world.gateway.pool.snapshot()]
        page = "/admin/jobs/new?text=anna"
        offered = await client.get(page)
        fields = {"which": "filter", "text": "anna", "parallel": "4", "part": ["token"]}
        begun = await posted(client, "/admin/jobs", page, **fields, next="https://elsewhere.test/")
        (run,) = await world.gateway.store.refreshes.all()
        again = await posted(client, "/admin/jobs", page, **{**fields, "which": "chosen"}, id=ids[:2])
        nothing = await posted(client, "/admin/jobs", page, **{**fields, "part": []})

    assert 'value="filter" checked' in offered.text
    assert re.search(r'id="which-all"[^>]*>[^<]*<span class="muted">\(3\)', offered.text)
    assert (begun.status_code, begun.headers["location"]) == (303, "/admin/jobs")
    assert (run.total, sorted(run.parts)) == (1, ["token"])
    assert again.status_code == 400
    assert "not over yet" in again.text
    assert nothing.status_code == 400


async def test_the_way_to_the_first_answer_is_ticked_off_and_can_be_dismissed() -> None:
    """admin-ui.md 2.10: a checklist until all is done, or dismissed."""
    async with a_visitor(accounts=1) as (world, client):
        before = await client.get("/admin/")
        async with world.client() as asking:
            body = {"model": "gemini-3-flash", "messages": [{"role": "user", "content": "Hi"}]}
            assert (await asking.post("/v1/chat/completions", json=body)).status_code == 200
        await world.gateway.store.writer.flush()
        done = await client.get("/admin/")
        for account in world.gateway.pool.snapshot():
            await world.gateway.pool.remove(account.id)
        empty = await client.get("/admin/")
        await posted(client, "/admin/first-run/dismiss", "/admin/")
        dismissed = await client.get("/admin/")

    assert 'id="first-run"' in before.text
    assert '<a id="first-test"' in before.text
    assert '<a id="first-account"' not in before.text
    assert 'id="first-run"' not in done.text
    assert '<a id="first-account"' in empty.text
    assert 'id="first-run"' not in dismissed.text


async def test_a_wrong_paste_is_explained_in_the_viewers_language_and_stays_in_its_field() -> None:
    """admin-ui.md 2.6, 2.7: each of the usual wrong pastes, and what was entered is not lost."""
    async with a_visitor(accounts=0) as (_, client):
        client.cookies.set("language", "zh", path="/admin")
        begun = await posted(client, "/admin/accounts/sign-in", "/admin/accounts/add")
        page = begun.headers["location"]
        told = set()
        for pasted in ("", "https://x.test/?a=b", "1//a", "ya29.b", "a b"):
            reply = await posted(client, page, page, pasted=pasted)
            found = re.search(r'id="problem-pasted">([^<]+)<', reply.text)
            assert reply.status_code == 400
            assert found is not None
            told.add(found[1])
            assert f">{pasted}</textarea>" in reply.text

    assert len(told) == 5
    assert all(re.search("[\u4e00-\u9fff]", text) for text in told), told
