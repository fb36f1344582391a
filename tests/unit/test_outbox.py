"""The mailbox between a flow and its client. Source: architecture 7.4."""

import asyncio

from app.outbox import Outbox


async def test_what_was_put_before_a_take_leaves_in_one_piece() -> None:
    box = Outbox()
    box.put(b"a")
    box.put(b"b")

    assert await box.take() == b"ab"


async def test_an_empty_put_commits_nothing_and_wakes_nobody() -> None:
    box = Outbox()

    box.put(b"")

    assert not box.committed
    taker = asyncio.ensure_future(box.take())
    await asyncio.sleep(0)
    assert not taker.done()
    box.close()
    assert await taker == b""


async def test_the_end_comes_after_everything_that_was_put() -> None:
    box = Outbox()
    box.put(b"a")
    box.close(b"z")

    assert await box.take() == b"az"
    assert box.is_spent


async def test_nothing_can_be_put_after_the_end() -> None:
    box = Outbox()
    box.close()

    box.put(b"late")
    box.close(b"later")

    assert await box.take() == b""
    assert box.bytes_out == 0


async def test_a_full_box_says_so_and_drained_waits_for_the_client() -> None:
    box = Outbox(high_water=3)

    is_full = box.put(b"abcd")
    waiting = asyncio.ensure_future(box.drained())
    await asyncio.sleep(0)

    assert is_full
    assert not waiting.done()
    assert await box.take() == b"abcd"
    await waiting
    assert not box.put(b"e")


async def test_wake_lets_take_return_without_content_or_end() -> None:
    box = Outbox()
    box.wake()

    assert await box.take() == b""
    assert not box.is_spent
