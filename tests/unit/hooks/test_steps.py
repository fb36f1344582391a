"""A hook that cancels the task it runs in, told from a client that has left. Spec: architecture 8.6."""

import asyncio
import gc
from collections.abc import Awaitable
from contextlib import suppress
from weakref import ref as weakref

import pytest

from app.hooks.steps import Steps


async def run(call: Awaitable[None]) -> Steps:
    steps = Steps(call)
    await steps
    return steps


def cancel_me() -> None:
    task = asyncio.current_task()
    assert task is not None
    task.cancel()


async def test_what_a_hook_waits_for_and_raises_is_its_own_business() -> None:
    seen: list[str] = []

    async def hook() -> None:
        await asyncio.sleep(0)
        try:
            async with asyncio.timeout(0):
                await asyncio.Event().wait()
        except TimeoutError:
            seen.append("waited in vain")
        async with asyncio.TaskGroup() as group:
            group.create_task(asyncio.sleep(0))
        raise KeyError("x")

    with pytest.raises(KeyError):
        await run(hook())
    assert seen == ["waited in vain"]


@pytest.mark.parametrize("waits", [0, 1])
async def test_a_hook_that_cancels_itself_is_stopped_there(waits: int) -> None:
    seen: list[str] = []

    async def hook() -> None:
        for _ in range(waits):
            await asyncio.sleep(0)
        try:
            cancel_me()
            await asyncio.sleep(0)
            seen.append("went on")
        finally:
            seen.append("cleaned up")

    task = asyncio.create_task(run(hook()))
    await asyncio.wait([task])

    assert seen == ["cleaned up"]


async def test_a_hook_that_cancels_itself_at_its_very_end_is_noticed_too() -> None:
    noticed: list[bool] = []

    async def hook() -> None:
        cancel_me()

    async def whole() -> None:
        noticed.append((await run(hook())).cancelled_itself)

    await asyncio.wait([asyncio.create_task(whole())])

    assert noticed == [True]


async def test_a_cancellation_of_somebody_else_passes() -> None:
    begun = asyncio.Event()

    async def hook() -> None:
        begun.set()
        await asyncio.Event().wait()

    steps = Steps(hook())

    async def whole() -> None:
        await steps

    task = asyncio.create_task(whole())
    await begun.wait()
    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task
    assert not steps.cancelled_itself


async def test_a_hook_that_never_waits_is_over_at_once_and_one_that_waits_goes_on_later() -> None:
    seen: list[str] = []

    async def hook(waits: int) -> None:
        seen.append("begun")
        for _ in range(waits):
            await asyncio.sleep(0)
        seen.append("ended")

    assert Steps(hook(0)).begin()
    assert seen == ["begun", "ended"]

    steps = Steps(hook(2))
    assert not steps.begin()
    assert seen[2:] == ["begun"]
    await steps
    assert seen[2:] == ["begun", "ended"]
    assert not steps.cancelled_itself


async def test_what_a_hook_was_cancelled_with_keeps_nothing_alive() -> None:
    """Frames hold flows with bodies of many megabytes, and cycles wait for a collection of the garbage."""

    class Body:
        pass

    begun = asyncio.Event()

    async def hook(body: Body) -> None:
        begun.set()
        await asyncio.Event().wait()

    async def whole() -> "weakref[Body]":
        body = Body()
        seen = weakref(body)
        with suppress(asyncio.CancelledError):
            await run(hook(body))
        return seen

    gc.disable()
    try:
        task = asyncio.create_task(whole())
        await begun.wait()
        task.cancel()
        assert (await task)() is None
    finally:
        gc.enable()
