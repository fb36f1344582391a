"""What a client has sent, until the application asks for it."""

import asyncio

from app.server.inbox import HIGH_WATER, Inbox
from app.server.options import Message

DISCONNECT: Message = {"type": "http.disconnect"}


def a_piece(size: int = 1) -> Message:
    return {"type": "http.request", "body": bytes(size), "more_body": True}


async def test_messages_come_in_order() -> None:
    """ASGI: receive."""
    inbox = Inbox()
    pieces = [a_piece(size) for size in (1, 2, 3)]
    for piece in pieces:
        await inbox.put(piece)

    assert [await inbox.get() for _ in pieces] == pieces


async def test_a_full_inbox_holds_its_sender_until_something_is_taken() -> None:
    """faults.md rule 13."""
    inbox = Inbox()
    putting = asyncio.create_task(inbox.put(a_piece(HIGH_WATER + 1)))
    await asyncio.sleep(0)
    assert not putting.done()

    await inbox.get()
    await putting
    assert inbox.pending == 0


async def test_a_disconnect_does_not_wait_and_frees_a_waiting_sender() -> None:
    """faults.md rule 17: a full inbox must not hide that the client has left."""
    inbox = Inbox()
    putting = asyncio.create_task(inbox.put(a_piece(HIGH_WATER + 1)))
    await asyncio.sleep(0)
    await inbox.put(DISCONNECT)
    await putting

    assert await inbox.get() == DISCONNECT
    assert await inbox.get() == DISCONNECT


async def test_a_disconnect_wakes_who_waits_for_a_message() -> None:
    """faults.md rule 17."""
    inbox = Inbox()
    getting = asyncio.create_task(inbox.get())
    await asyncio.sleep(0)
    inbox.close()

    assert await getting == DISCONNECT


async def test_what_comes_after_the_end_is_dropped() -> None:
    """faults.md F086."""
    inbox = Inbox()
    inbox.close()
    inbox.add(a_piece(), 1)
    await inbox.put(a_piece(HIGH_WATER + 1))

    assert inbox.pending == 0


async def test_the_sender_is_told_how_much_was_taken() -> None:
    """RFC 9113, 5.2: so grows an HTTP/2 window."""
    taken: list[int] = []

    async def note(size: int) -> None:
        taken.append(size)

    inbox = Inbox(note)
    inbox.add(a_piece(5), 7)  # padding counts
    inbox.add(a_piece(0), 0)
    await inbox.get()
    await inbox.get()

    assert taken == [7]


async def test_a_cancelled_wait_loses_nothing() -> None:
    """ecosystem.md 2.4: a request may be cancelled at any await."""
    inbox = Inbox()
    getting = asyncio.create_task(inbox.get())
    await asyncio.sleep(0)
    getting.cancel()
    await asyncio.wait([getting])
    inbox.add(a_piece(), 1)

    assert await inbox.get() == a_piece()
