"""The page of usage and its file, beside the API. Spec: admin-ui.md 2.3, Usage."""

import csv
import io
import re
from html import unescape

import pytest

from app.plain import shown
from tests.support.panel import a_reader, part, text_of
from tests.support.traffic import all_sorts, ask, written


async def test_the_table_the_file_and_the_api_say_the_same() -> None:
    """admin-ui.md 2.3: one table with the same numbers, CSV."""
    async with a_reader() as reader:
        await all_sorts(reader.world)
        for span, grain in (("hour", "minute"), ("day", "hour"), ("year", "month")):
            page = await reader.page(f"/admin/usage?range={span}&by=model")
            file = await reader.client.get(f"/admin/usage.csv?range={span}&by=model")
            api = (await reader.client.get(f"/admin/api/usage?by=model&grain={grain}")).json()
            told = {row["value"]: row["sums"]["requests"] for row in api["rows"]}
            lines = {row["model"]: int(row["requests"]) for row in csv.DictReader(io.StringIO(file.text))}
            rows = re.findall(r'<tr.*?scope="row".*?title="([^"]*)".*?class="number"[^>]*>(\d+)<', page, re.S)

            assert told["claude-sonnet-4-5"] == 3
            assert lines == {shown(name): many for name, many in told.items()}
            assert {unescape(name): int(many) for name, many in rows} == {
                **{shown(name): many for name, many in told.items()},
                "All together": sum(told.values()),
            }
            assert api["span"]["grain"] == grain


async def test_by_the_minute_the_last_hour_is_told_as_it_was() -> None:
    """Spec: admin-ui.md 2.3, Overview: the last hour."""
    async with a_reader() as reader:
        before = int(reader.world.gateway.clock.now()) // 60 * 60
        await ask(reader.world)
        await ask(reader.world, model="gemini-3-flash", path="/v1/chat/completions")
        await written(reader.world)
        api = (await reader.client.get("/admin/api/usage?by=model&grain=minute&measure=output_tokens")).json()

    assert {curve["value"] for curve in api["curves"]} == {"claude-sonnet-4-5", "gemini-3-flash"}
    points = api["total"]["points"]
    assert all(point["start"] % 60 == 0 and point["start"] >= before for point in points)
    assert sum(point["sums"]["requests"] for point in points) == 2
    assert all(0 < point["first_output_p50_ms"] <= point["first_output_p95_ms"] for point in points)
    assert set(api["starts"]) >= {point["start"] for point in points}


@pytest.mark.parametrize("grain", ["minute", "hour", "day", "month"])
async def test_times_to_the_first_output_are_told_over_time(grain: str) -> None:
    """Spec: admin-ui.md 2.3, Overview: time to first byte p50/p95."""
    async with a_reader() as reader:
        await ask(reader.world)
        await written(reader.world)
        api = (await reader.client.get(f"/admin/api/usage?by=all&grain={grain}")).json()
        flows = (await reader.client.get("/admin/api/requests")).json()["requests"]

    (point,) = api["total"]["points"]
    took = flows[0]["first_output_ms"]
    assert point["first_output_p50_ms"] == pytest.approx(took, rel=0.05, abs=1)


async def test_nobody_has_minutes_of_clients() -> None:
    """What is kept by the hour alone is told in hours, and the answer says so."""
    async with a_reader() as reader:
        await ask(reader.world)
        await written(reader.world)
        api = (await reader.client.get("/admin/api/usage?by=client&grain=minute")).json()

    assert api["span"]["grain"] == "hour"
    assert [row["value"] for row in api["rows"]] == ["claude-code"]


async def test_the_file_runs_nothing_in_a_spreadsheet() -> None:
    """threats.md S36: formulas in exports, also by the minute."""
    async with a_reader() as reader:
        await ask(reader.world, model='=cmd|"/c calc"!A1')
        await written(reader.world)
        files = [
            (await reader.client.get(f"/admin/usage.csv?range={span}&by=model")).text
            for span in ("hour", "day")
        ]
    for file in files:
        cells = [cell for row in csv.reader(io.StringIO(file)) for cell in row]
        assert any("cmd" in cell for cell in cells)
        assert not any(cell.startswith(("=", "+", "-", "@")) for cell in cells)


@pytest.mark.parametrize(
    ("language", "says"), [("en", "No requests in this range."), ("zh", "此范围内没有请求。")]
)
async def test_a_range_without_requests_says_so_and_offers_a_wider_one(language: str, says: str) -> None:
    """admin-ui.md 2.9: chart without data: axis, "no requests in this range", wider range."""
    async with a_reader(language) as reader:
        page = await reader.page("/admin/usage?range=hour&by=nonsense&measure=odd&cursor=x")
        year = await reader.page("/admin/usage?range=year")
        overview = await reader.page("/admin/")

    assert says in text_of(part(page, "usage-figure"))
    assert 'id="wider" href="/admin/usage?range=day' in page
    assert 'id="wider"' not in year
    assert text_of(part(overview, "lately")).count(says) == 3
