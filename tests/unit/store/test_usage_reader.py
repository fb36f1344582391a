"""Usage over time and by value."""

import pytest

from app.ids import KeyId
from app.store.grains import DAY_S, HOUR_S
from app.store.lifecycle import Store
from app.store.records import FlowRecord
from tests.support.store import A_START, a_flow, a_store

A_DAY = int(A_START - A_START % DAY_S)


async def finish(store: Store, *flows: FlowRecord) -> None:
    for flow in flows:
        store.books.finished(flow)
    assert await store.writer.flush()


def over_days(days: int, model: str, each: int, first: int = 0) -> list[FlowRecord]:
    return [
        a_flow(
            first + day * 100 + n, started_at=A_DAY + day * DAY_S, model=model, first_output_ms=100 * (n + 1)
        )
        for day in range(days)
        for n in range(each)
    ]


async def test_curves_are_those_of_the_largest_and_the_total_is_everything() -> None:
    """admin-ui.md 2.3, Usage."""
    async with a_store() as store:
        await finish(store, *over_days(3, "big", 3), *over_days(3, "small", 1, 5000))
        curves = await store.usage_reader.series("model", A_DAY, A_DAY + 3 * DAY_S, "day", top=1)

    assert curves.span.grain == "day"
    assert curves.starts == tuple(A_DAY + n * DAY_S for n in range(3))
    assert [(one.value, [point.sums.requests for point in one.points]) for one in curves.series] == [
        ("big", [3, 3, 3])
    ]
    assert [point.sums.requests for point in curves.total.points] == [4, 4, 4]


async def test_table_and_curves_tell_the_same() -> None:
    async with a_store() as store:
        await finish(store, *over_days(2, "big", 3), *over_days(2, "small", 1, 5000))
        curves = await store.usage_reader.series("model", A_DAY, A_DAY + 2 * DAY_S)
        table = await store.usage_reader.table("model", A_DAY, A_DAY + 2 * DAY_S)

    assert curves.span == table.span
    summed = {one.value: sum(point.sums.requests for point in one.points) for one in curves.series}
    assert summed == {line.value: line.sums.requests for line in table.lines} == {"big": 6, "small": 2}


async def test_a_span_is_widened_and_the_answer_says_to_what() -> None:
    async with a_store() as store:
        curves = await store.usage_reader.series("all", A_DAY + 10, A_DAY + HOUR_S + 10)
        year = await store.usage_reader.table("model", A_DAY, A_DAY + 365 * DAY_S)

    assert (curves.span.grain, curves.span.since, curves.span.until) == ("hour", A_DAY, A_DAY + 2 * HOUR_S)
    assert year.span.grain == "month"


async def test_times_are_told_within_five_per_cent_over_any_span() -> None:
    async with a_store() as store:
        await finish(store, *over_days(5, "big", 20))
        for days in (1, 5):
            (line,) = (await store.usage_reader.table("model", A_DAY, A_DAY + days * DAY_S, "hour")).lines

            assert line.first_output_p50_ms == pytest.approx(1000, rel=0.05)
            assert line.first_output_p95_ms == pytest.approx(1900, rel=0.05)


async def test_a_long_table_comes_in_parts() -> None:
    async with a_store() as store:
        await finish(store, *(a_flow(n, key=KeyId(f"key_{n % 7}")) for n in range(28)))
        found: list[str] = []
        first: int | None = 0
        while first is not None:
            part = await store.usage_reader.table("key", A_DAY, A_DAY + DAY_S, first=first, limit=3)
            found += [line.value for line in part.lines]
            first = part.next

    assert found == [f"key_{n}" for n in range(7)]


async def test_one_value_alone_and_nobody() -> None:
    async with a_store() as store:
        await finish(store, *over_days(1, "big", 2))
        curves = await store.usage_reader.series("model", A_DAY, A_DAY + DAY_S, values=["big", "' OR 1=1"])
        nothing = await store.usage_reader.total(0, 0)

    assert [(one.value, len(one.points)) for one in curves.series] == [("big", 1), ("' OR 1=1", 0)]
    assert nothing.sums.requests == 0


async def test_old_hours_go_and_days_stay() -> None:
    """complaints.md 46: short transactions, no VACUUM."""
    async with a_store() as store:
        now = store.clock.now()
        old, fresh = now - 70 * DAY_S, now - 30 * DAY_S
        await finish(store, a_flow(1, started_at=old, first_output_ms=5), a_flow(2, started_at=fresh))
        await store.prune(log_days=0, usage_days=0)
        hours = await store.usage_reader.table("all", old - HOUR_S, now, "hour")
        days = await store.usage_reader.table("all", old - HOUR_S, now, "day")

        await store.prune(log_days=0, usage_days=20)
        later = await store.usage_reader.table("all", old - HOUR_S, now, "day")

    assert [line.sums.requests for line in (*hours.lines, *days.lines)] == [1, 2]
    assert later.lines == ()
