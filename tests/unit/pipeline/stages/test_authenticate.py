"""Who is calling. Source: openai.md 2, anthropic.md 2.1."""

import pytest

from app.dialects.base import Params
from app.errors import Forbidden, LimitReached, Unauthenticated
from app.flow import Caller, Flow
from app.hooks.table import HookTable
from app.pipeline.stages.authenticate import Authenticate, presented_keys
from app.throttle import GuessLimits, Throttle
from tests.support.clock import ManualClock
from tests.support.flows import ANNA, a_new_flow, nothing


class Ring:
    """Knows one key. `asked` is what it was shown."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def find(self, presented: str) -> Caller | None:
        self.asked.append(presented)
        return ANNA if presented == "sk-the-right-one" else None


async def known(params: Params, hooks: HookTable | None = None) -> Flow:
    flow = a_new_flow(params=params)
    await Authenticate(Ring(), hooks or HookTable())(flow, nothing)
    return flow


@pytest.mark.parametrize(
    "params",
    [
        Params({"authorization": "Bearer sk-the-right-one"}),
        Params({"authorization": "bearer   sk-the-right-one  "}),
        Params({"x-api-key": "sk-the-right-one"}),
        Params({"api-key": "sk-the-right-one"}),
        Params({"x-goog-api-key": "sk-the-right-one"}),
        Params({"anthropic-api-key": " sk-the-right-one"}),
        Params(query={"key": "sk-the-right-one"}),
        Params({"authorization": "Bearer stale", "x-api-key": "sk-the-right-one"}),
        Params({"authorization": "Basic eDp5", "x-api-key": "sk-the-right-one"}),
    ],
)
async def test_a_key_counts_wherever_clients_put_it(params: Params) -> None:
    assert (await known(params)).caller == ANNA


def test_keys_count_in_a_fixed_order() -> None:
    params = Params({"x-api-key": "two", "api-key": "three", "authorization": "Bearer one"}, {"key": "four"})

    assert list(presented_keys(params)) == ["one", "two", "three", "four"]


@pytest.mark.parametrize(
    "headers", [{}, {"authorization": "Bearer "}, {"x-api-key": " "}, {"authorization": "x"}]
)
async def test_no_key_is_told_apart_from_a_wrong_one(headers: dict[str, str]) -> None:
    with pytest.raises(Unauthenticated, match="No API key was sent") as caught:
        await known(Params(headers))

    assert caught.value.missing


@pytest.mark.parametrize(
    ("key", "shown"),
    [
        ("sk-0123456789abcd", "The API key `sk-…abcd` is not valid here."),
        ("sk-01234567", "The API key is not valid here."),
        ("sk-0123456789é\u202e!", "The API key is not valid here."),
    ],
)
async def test_of_a_wrong_key_little_is_shown_and_of_a_short_one_nothing(key: str, shown: str) -> None:
    with pytest.raises(Unauthenticated) as caught:
        await known(Params({"x-api-key": key}))

    assert (caught.value.message, caught.value.missing) == (shown, False)


async def test_hooks_see_the_caller_and_may_refuse() -> None:
    async def closed(flow: Flow) -> None:
        raise Forbidden(f"{flow.known_caller.name} comes too often.")

    with pytest.raises(Forbidden, match="anna comes"):
        await known(Params({"x-api-key": "sk-the-right-one"}), HookTable(caller_known=(closed,)))


async def test_whoever_sends_too_many_wrong_keys_waits_and_a_right_key_does_not() -> None:
    """threats.md S11: a limiter per source; valid keys of the same source are never slowed."""
    clock = ManualClock()
    stage = Authenticate(Ring(), HookTable(), Throttle(clock, GuessLimits(3, 2.0)))

    async def ask(key: str, peer: str = "192.0.2.1") -> Flow:
        flow = a_new_flow(params=Params({"x-api-key": key} if key else {}))
        flow.peer = peer
        await stage(flow, nothing)
        return flow

    for number in range(3):
        with pytest.raises(Unauthenticated):
            await ask(f"wrong {number}")
    for _ in range(10):
        with pytest.raises(LimitReached) as caught:
            await ask("one more")
    assert caught.value.retry_after_s == 2.0

    assert (await ask("sk-the-right-one")).caller == ANNA
    with pytest.raises(Unauthenticated):
        await ask("wrong", "192.0.2.2")
    with pytest.raises(Unauthenticated, match="No API key"):
        await ask("")
    clock.advance(2.0)
    with pytest.raises(Unauthenticated):
        await ask("wrong")
