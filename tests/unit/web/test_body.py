"""Reading a body within limits, and noticing that the client left. Source: faults.md E, F085, F091."""

import asyncio
import gzip
from typing import Any

import pytest

from app.errors import ClientLeft, SlowBody, TooLarge, UnsupportedEncoding
from app.web.body import BodyLimits, Inbox, Message, Receive


def part(body: bytes, *, more: bool = False) -> Message:
    return {"type": "http.request", "body": body, "more_body": more}


GONE: Message = {"type": "http.disconnect"}


def client(*messages: Message) -> Receive:
    """A client that sends these messages and is silent after them."""
    left = list(messages)

    async def receive() -> Message:
        if left:
            return left.pop(0)
        await asyncio.Event().wait()
        raise AssertionError

    return receive


def inbox(*messages: Message, headers: dict[str, str] | None = None, **limits: Any) -> Inbox:
    return Inbox(client(*messages), headers or {}, BodyLimits(**limits))


async def test_the_parts_of_a_body_are_joined() -> None:
    assert await inbox(part(b"ab", more=True), part(b"", more=True), part(b"c")).body() == b"abc"


async def test_a_compressed_body_is_inflated() -> None:
    packed = gzip.compress(b"{}")

    assert await inbox(part(packed), headers={"content-encoding": "gzip"}).body() == b"{}"


async def test_a_large_compressed_body_is_inflated_all_the_same() -> None:
    plain = bytes(range(256)) * 4000
    packed = gzip.compress(plain, compresslevel=0)

    assert await inbox(part(packed), headers={"content-encoding": "gzip"}).body() == plain


async def test_a_declared_size_over_the_limit_is_refused_before_anything_is_read() -> None:
    box = inbox(headers={"content-length": "100000000000"}, size=10)

    with pytest.raises(TooLarge):
        await box.body()


async def test_an_undeclared_size_is_refused_as_soon_as_it_is_crossed() -> None:
    box = inbox(part(b"12345", more=True), part(b"678", more=True), size=6)

    with pytest.raises(TooLarge):
        await box.body()


async def test_what_a_body_inflates_to_has_the_same_limit() -> None:
    box = inbox(part(gzip.compress(b"0" * 5000)), headers={"content-encoding": "gzip"}, size=4000)

    with pytest.raises(TooLarge):
        await box.body()


async def test_an_encoding_nobody_knows_is_refused() -> None:
    with pytest.raises(UnsupportedEncoding):
        await inbox(part(b""), headers={"content-encoding": "zz"}).body()


async def test_a_client_that_leaves_within_its_body_is_noticed() -> None:
    with pytest.raises(ClientLeft):
        await inbox(part(b"ab", more=True), GONE).body()


async def test_a_body_that_never_ends_is_given_up() -> None:
    with pytest.raises(SlowBody):
        await inbox(part(b"ab", more=True), time_s=0.01).body()


async def test_leaving_is_told_only_once_the_body_has_been_read() -> None:
    box = inbox(part(b"{}"), part(b""), GONE)
    left = asyncio.ensure_future(box.left())
    await asyncio.sleep(0)
    assert not left.done()

    await box.body()

    await left
