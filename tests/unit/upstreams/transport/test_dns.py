"""Names to addresses, with resolvers that are slow, wrong or silent."""

import asyncio
import socket
import threading
from collections.abc import Sequence

import pytest

from app.upstreams.transport.dns import MAX_LOOKUPS, Resolver, is_literal, system_lookup


class SlowLookup:
    """A resolver that answers when it is told to."""

    def __init__(self) -> None:
        self.calls = 0
        self.may_answer = threading.Event()

    def __call__(self, host: str, port: int) -> Sequence[str]:
        self.calls += 1
        self.may_answer.wait()
        return ["192.0.2.1"]


async def test_lookups_of_one_name_are_shared_and_outlive_a_caller_who_leaves() -> None:
    """faults.md F002, rule 18."""
    lookup = SlowLookup()
    resolver = Resolver(lookup)
    callers = [asyncio.create_task(resolver.resolve("upstream.test", 443)) for _ in range(50)]
    await asyncio.sleep(0)
    callers[0].cancel()
    lookup.may_answer.set()
    answers = await asyncio.gather(*callers[1:])

    assert answers == [["192.0.2.1"]] * 49
    assert callers[0].cancelled()
    assert lookup.calls == 1


async def test_a_hanging_resolver_leaves_the_default_threads_alone() -> None:
    """faults.md F002."""
    lookup = SlowLookup()
    resolver = Resolver(lookup)
    hanging = [asyncio.create_task(resolver.resolve(f"{number}.test", 443)) for number in range(MAX_LOOKUPS)]
    await asyncio.sleep(0)

    assert await asyncio.to_thread(lambda: "free") == "free"
    with pytest.raises(socket.gaierror):
        await resolver.resolve("one-too-many.test", 443)
    lookup.may_answer.set()
    await asyncio.gather(*hanging)


@pytest.mark.parametrize(
    "failure", [socket.gaierror(socket.EAI_NONAME, "no such name"), UnicodeError("label")]
)
async def test_a_failure_reaches_everybody_who_asked(failure: Exception) -> None:
    """faults.md F001."""

    def lookup(host: str, port: int) -> Sequence[str]:
        raise failure

    resolver = Resolver(lookup)
    answers = await asyncio.gather(
        *(resolver.resolve("a.test", 80) for _ in range(2)), return_exceptions=True
    )

    assert [type(answer) for answer in answers] == [socket.gaierror] * 2


async def test_a_name_without_addresses_is_a_failure() -> None:
    """faults.md F001."""
    with pytest.raises(socket.gaierror):
        await Resolver(lambda host, port: []).resolve("a.test", 80)


async def test_an_address_is_not_looked_up() -> None:
    """performance: no thread for a literal."""
    lookup = SlowLookup()

    assert await Resolver(lookup).resolve("127.0.0.1", 80) == ("127.0.0.1",)
    assert await Resolver(lookup).resolve("::1", 80) == ("::1",)
    assert lookup.calls == 0


def test_old_spellings_of_addresses_are_names_to_be_looked_up() -> None:
    """threats.md S17: the system turns them into addresses, which are then checked."""
    assert not is_literal("0x7f.1")
    assert not is_literal("2130706433")
    assert system_lookup("2130706433", 80) == ["127.0.0.1"]
