"""The pages of requests as text. Spec: admin-ui.md 2.3, Requests."""

import re
from html import unescape
from pathlib import Path
from typing import get_args

import msgspec
import pytest

from app.flow import OutcomeWord
from app.ids import AccountId, FlowId, KeyId
from app.pool.passed import PassedOver
from app.store.records import INTERRUPTED, AttemptRecord, FlowRecord
from tests.support.panel import Reader, a_reader, part, text_of
from tests.support.traffic import HOSTILE, all_sorts, ask, request_id, written


def rows(html: str) -> list[str]:
    """The ids of the requests that a page lists, in their order."""
    return re.findall(r'<tr id="row-(req_\w+)"', html)


async def put(reader: Reader, *flows: FlowRecord) -> None:
    """Write requests down as if they had been."""
    for flow in flows:
        reader.world.gateway.store.books.finished(flow)
    await reader.world.gateway.store.writer.flush()


def a_flow(number: int, started_at: float, **more: object) -> FlowRecord:
    flow = FlowRecord(
        id=FlowId(f"req_{number:024d}"),
        started_at=started_at,
        key=KeyId("key_1"),
        dialect="anthropic",
        model_asked="claude-sonnet-4-5",
        model="claude-sonnet-4-5",
        outcome="ok",
        status=200,
    )
    return msgspec.structs.replace(flow, **more)


async def test_a_failure_is_two_links_from_the_overview() -> None:
    """admin-ui.md part 4, 6: from a failed client request to its reason in two clicks from Overview."""
    async with a_reader() as reader:
        replies = await all_sorts(reader.world)
        failed = request_id(replies["failed"])
        overview = await reader.page("/admin/")
        link = f'href="/admin/requests/{failed}"'
        detail = await reader.page(f"/admin/requests/{failed}")

    assert link in part(overview, "failures")
    assert "The upstream could not be reached, or answered with an error." in text_of(
        part(overview, "failures")
    )
    assert "Usually passes by itself." in text_of(detail)
    assert len(re.findall(r'<rect class="failed"', part(detail, "attempts-title"))) >= 2


async def test_filters_stand_in_the_address_and_are_told_in_words() -> None:
    """admin-ui.md 2.2: every filter is in the URL; 2.9: a filter without match says the filter in words."""
    async with a_reader() as reader:
        replies = await all_sorts(reader.world)
        ids = {sort: request_id(reply) for sort, reply in replies.items()}
        status = reader.world.gateway.pool.snapshot()[0]
        found = {
            query: rows(await reader.page(f"/admin/requests?{query}"))
            for query in (
                *("result=failed", "result=refused", "retried=1", "dialect=openai_chat", "slow_ms=60000"),
                *("model=gemini-3-flash", f"account={status.email}", "origin=playground", "origin=any"),
            )
        }
        nothing = await reader.page("/admin/requests?slow_ms=60000&key=key_gone&since=0&until=1764000000")

    assert found["result=failed"] == [ids["failed"]]
    assert set(found["result=refused"]) == {ids["unknown"], ids["exhausted"]}
    assert set(found["retried=1"]) == {ids["failed"], ids["retried"], ids["exhausted"]}
    assert found["dialect=openai_chat"] == [ids["chat"]]
    assert set(found["model=gemini-3-flash"]) == {ids["chat"], ids["exhausted"]}
    assert 0 < len(found[f"account={status.email}"]) < len(ids)
    assert (found["slow_ms=60000"], found["origin=playground"]) == ([], [])
    assert found["origin=any"] == list(reversed(ids.values()))
    assert "First output after 60 s or more" in text_of(nothing)
    assert "Key: key_gone" in text_of(nothing)
    assert "Before 2025-11-24 16:00:00" in text_of(nothing)
    assert "Clear filter" in text_of(nothing)


async def test_pages_go_on_behind_the_last_row() -> None:
    """admin-ui.md 2.3, Requests: newest first, 50 a page, keyset paging."""
    async with a_reader() as reader:
        now = reader.world.gateway.clock.now()
        # Many of one instant: the place in the list is not the time alone.
        await put(reader, *(a_flow(number, now - number // 40) for number in range(120)))
        address, seen = "/admin/requests", list[list[str]]()
        while address:
            page = await reader.page(address)
            seen.append(rows(page))
            older = re.search(r'id="older" href="([^"]+)"', page)
            address = unescape(older[1]) if older else ""

    assert [len(each) for each in seen] == [50, 50, 20]
    assert len({one for each in seen for one in each}) == 120


async def test_a_whole_id_leads_to_its_request_and_a_part_to_a_list() -> None:
    """admin-ui.md 2.3: free text in the id. Client error bodies carry the request id."""
    async with a_reader() as reader:
        refused = await ask(reader.world, model="no-such-model")
        await written(reader.world)
        told = refused.json()["request_id"]
        whole = await reader.client.get("/admin/requests", params={"id": f" {told} "})
        beginning = await reader.page(f"/admin/requests?id={told[:14]}")
        other = await reader.page("/admin/requests?id=req_ZZZZZZZZZZ")

    assert (whole.status_code, whole.headers["location"]) == (303, f"/admin/requests/{told}")
    assert rows(beginning) == [told]
    assert rows(other) == []


async def test_a_list_without_requests_says_how_to_send_one() -> None:
    """admin-ui.md 2.9: no request: the base URL and a curl line."""
    async with a_reader() as reader:
        page = text_of(await reader.page("/admin/requests"))

    assert f"curl {reader.world.base_url}/v1/chat/completions" in page
    assert "Send a test request" in page


async def test_the_detail_tells_everything_but_names_nobody_in_its_text() -> None:
    """admin-ui.md 2.3: attempts, accounts passed over, notes, usage; the text is fit for a public issue."""
    async with a_reader() as reader:
        statuses = reader.world.gateway.pool.snapshot()
        now = reader.world.gateway.clock.now()
        flow = a_flow(
            7,
            now - 5,
            account=statuses[1].id,
            streamed=True,
            queue_ms=250,
            first_output_ms=1900,
            duration_ms=9800,
            prompt_tokens=41_203,
            cached_tokens=38_000,
            output_tokens=1877,
            usage_source="upstream",
            notes=("params-dropped", "a-word-of-an-addon"),
            attempts=(
                AttemptRecord(
                    number=1,
                    account=statuses[0].id,
                    started_at=now - 4.7,
                    duration_ms=300,
                    code="pool_exhausted",
                    kind="rate_limited",
                    status=429,
                    wait_s=0.2,
                ),
                AttemptRecord(number=2, account=statuses[1].id, started_at=now - 4.1, duration_ms=8900),
            ),
            passed=(
                PassedOver(statuses[2].id, "exhausted", "Its weekly window is empty.", now + 3600),
                PassedOver(AccountId("acc_gone"), "suspended"),
            ),
        )
        await put(reader, flow)
        page = await reader.page(f"/admin/requests/{flow.id}")
        api = await reader.client.get(f"/admin/api/requests/{flow.id}/text")

    said = text_of(page)
    for words in (
        *(statuses[0].email, "429 rate limited", "then waited 200", "Its weekly window is empty."),
        *("Parameters that the model does not know were left out.", "a-word-of-an-addon"),
        *("41 203", "38 000", "removed account", "2 accounts passed over", "238"),
    ):
        assert words in said, words
    shown = page[page.index('id="as-text">') :].partition(">")[2].partition("</pre>")[0]
    assert unescape(shown).strip() == api.text.strip()
    assert "@" not in api.text


@pytest.mark.parametrize("language", ["en", "zh"])
async def test_text_from_outside_is_shown_as_text(language: str) -> None:
    """threats.md S08; admin-ui.md part 4: hostile names are shown, never obeyed."""
    async with a_reader(language) as reader:
        reply = await ask(reader.world, model=HOSTILE)
        await written(reader.world)
        pages = [
            await reader.page(path)
            for path in ("/admin/", "/admin/requests", f"/admin/requests/{request_id(reply)}")
        ]
    for page in pages:
        assert "<script>alert" not in page
        assert "\x1b" not in page
        assert "\u202e" not in page
        assert "&lt;script&gt;alert(1)" in page


async def test_bodies_are_shown_only_where_they_were_recorded(tmp_path: Path) -> None:
    """admin-ui.md 2.9: bodies off: why, and the price; else the recording, to download and replay."""
    async with a_reader(addon_options={"recorder": {"folder": str(tmp_path)}}) as reader:
        reply = await ask(reader.world, "<b>what was said</b>")
        await written(reader.world)
        path = f"/admin/requests/{request_id(reply)}"
        page = await reader.page(path)
        file = await reader.client.get(f"{path}/record")
        same = await reader.client.get(f"/admin/api/requests/{request_id(reply)}/record")
    async with a_reader() as reader:
        reply = await ask(reader.world, "what was said")
        await written(reader.world)
        path = f"/admin/requests/{request_id(reply)}"
        without = await reader.page(path)
        missing = await reader.client.get(f"{path}/record")

    assert "&lt;b&gt;what was said&lt;/b&gt;" in page
    assert f'href="/admin/playground?replay={request_id(reply)[:4]}' in page
    assert "what was said" in file.text
    assert file.headers["content-disposition"].startswith("attachment")
    assert same.text == file.text
    assert "What was said is not recorded." in text_of(without)
    assert "replay=" not in without
    assert missing.status_code == 404


@pytest.mark.parametrize("language", ["en", "zh"])
async def test_every_outcome_has_words(language: str) -> None:
    """faults.md 4: each outcome that a row can have is told in the viewer's language."""
    outcomes = (*get_args(OutcomeWord), INTERRUPTED)
    async with a_reader(language) as reader:
        now = reader.world.gateway.clock.now()
        await put(
            reader,
            *(
                a_flow(number, now, outcome=outcome)
                for number, outcome in enumerate(outcomes)
                if outcome != "running"
            ),
        )
        page = text_of(await reader.page("/admin/requests?origin=any"))
    for outcome in outcomes:
        if "_" in outcome:
            assert outcome not in page


async def test_reading_pages_changes_no_row() -> None:
    """admin-ui.md part 4, 9: reading any page changes no row in the database, sessions apart."""
    async with a_reader() as reader:
        replies = await all_sorts(reader.world)
        before = await dump(reader)
        for path in (
            *("/admin/", "/admin/?range=hour", "/admin/requests", "/admin/requests?result=failed"),
            *("/admin/usage", "/admin/usage?range=hour", "/admin/usage.csv?range=week&by=key"),
            f"/admin/requests/{request_id(replies['retried'])}",
        ):
            await reader.page(path)
        await reader.world.gateway.store.writer.flush()
        assert await dump(reader) == before


async def dump(reader: Reader) -> dict[str, object]:
    """Every row of every table, sessions apart."""
    client = reader.world.gateway.store.database.client()
    _, tables = await client.execute_query("SELECT name FROM sqlite_master WHERE type = 'table'")
    return {
        table["name"]: [
            tuple(row) for row in (await client.execute_query(f"SELECT * FROM {table['name']}"))[1]
        ]
        for table in tables
        if "session" not in table["name"]
    }
