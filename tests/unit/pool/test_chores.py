import asyncio

from structlog.testing import capture_logs

from app.pool.chores import Chores


async def test_work_goes_on_when_the_one_who_started_it_is_gone() -> None:
    chores, ended = Chores(), []

    async def work() -> None:
        await asyncio.sleep(0)
        ended.append(True)

    async def caller() -> None:
        chores.start("work", work())

    await asyncio.create_task(caller())
    await chores.aclose(1.0)

    assert ended == [True]
    assert len(chores) == 0


async def test_what_does_not_end_is_cancelled_at_the_end() -> None:
    chores = Chores()
    task = chores.start("stuck", asyncio.Event().wait())

    await chores.aclose(0.0)

    assert task.cancelled()


async def test_what_work_raises_is_logged_and_not_lost() -> None:
    chores = Chores()

    async def work() -> None:
        raise RuntimeError("the disk is full")

    with capture_logs() as logs:
        chores.start("work", work())
        await chores.aclose(1.0)

    assert [(line["work"], line["error"]) for line in logs] == [("work", "RuntimeError('the disk is full')")]
