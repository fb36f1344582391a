from math import inf

from app.pool.line import Lines, Waiter
from app.pool.model import Bucket, Wait
from tests.support.pool import GROUP, MODEL, a_want

BUCKET = Bucket(GROUP, MODEL)
OTHER = Bucket("3p", "opus")
BUSY = Wait("busy", 0.0)


def numbers(waiters: list[Waiter]) -> list[int]:
    return [waiter.number for waiter in waiters]


async def test_those_in_several_lines_come_in_the_order_of_arrival() -> None:
    lines = Lines(10)
    for want in (a_want(), a_want(group="3p", model="opus"), a_want()):
        lines.stand(want)

    assert numbers(list(lines.merged({BUCKET, OTHER}))) == [0, 1, 2]
    assert numbers(list(lines.merged({BUCKET}))) == [0, 2]
    assert lines.lengths() == {BUCKET: 2, OTHER: 1}


async def test_a_line_is_full_at_its_maximum_and_others_are_not() -> None:
    """faults.md F088: the line is bounded."""
    lines = Lines(1)
    waiter = lines.stand(a_want())

    assert lines.is_full(BUCKET)
    assert not lines.is_full(OTHER)
    lines.leave(waiter)
    assert not lines.is_full(BUCKET)


async def test_leaving_twice_changes_nothing() -> None:
    """faults.md F077: the place is freed at once."""
    lines = Lines(10)
    first, second = lines.stand(a_want()), lines.stand(a_want())
    lines.leave(first)
    lines.leave(first)

    assert lines.of(BUCKET) == [second]
    lines.leave(second)
    assert not lines


async def test_an_answer_frees_the_place_and_is_there_to_be_fetched() -> None:
    lines = Lines(10)
    waiter = lines.stand(a_want())

    lines.answer(waiter, BUSY)

    assert not lines
    assert await waiter.answer == BUSY


async def test_the_overdue_are_those_whose_deadline_has_come() -> None:
    lines = Lines(10)
    late, early = lines.stand(a_want(deadline=30.0)), lines.stand(a_want(deadline=10.0))

    assert lines.next_deadline() == 10.0
    assert lines.overdue(10.0) == [early]
    assert lines.next_deadline() == 30.0
    assert lines.overdue(60.0) == [late]
    assert lines.next_deadline() == inf


async def test_deadlines_of_the_gone_are_forgotten() -> None:
    lines = Lines(10)
    for _ in range(3000):
        waiter = lines.stand(a_want(deadline=50.0))
        waiter.answer.cancel()
        lines.leave(waiter)
    first = lines.stand(a_want(deadline=99.0))

    assert lines.next_deadline() == 99.0
    assert lines.overdue(98.0) == []
    assert lines.of(BUCKET) == [first]
