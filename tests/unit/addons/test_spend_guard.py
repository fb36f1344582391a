"""Holds keys to their allowance."""

import pytest
from msgspec.structs import replace

from app.addons.spend_guard import SpendGuard
from app.allowance import Allowance, Terms
from app.errors import Forbidden, LimitReached
from app.flow import Flow
from app.hooks.additions import Loader
from app.hooks.stage import Stage
from app.ids import KeyId
from app.ir.usage import Usage
from app.networks import networks_of
from app.store.usage import UsageSum
from tests.support.clock import ManualClock
from tests.support.flows import ANNA, a_flow


class Books:
    """A hundred tokens of one key, all of today."""

    def __init__(self) -> None:
        self.asked: list[tuple[int, int]] = []

    async def between(self, since: int, until: int, by: object = ()) -> tuple[UsageSum, ...]:
        self.asked.append((since, until))
        return (UsageSum(key=ANNA.key_id, prompt_tokens=60, output_tokens=40),)


def a_guard() -> tuple[SpendGuard, Stage, Books]:
    books = Books()
    guard, paper = SpendGuard(books, ManualClock()), Loader("spend_guard")
    guard.load(paper)
    (added,) = paper.additions.stages
    assert added.after == "admit"
    return guard, added.stage, books


def a_limited_flow(**limits: int) -> Flow:
    flow = a_flow()
    flow.caller = replace(ANNA, allowance=Allowance(**limits))
    return flow


async def using(flow: Flow) -> None:
    flow.usage = Usage(prompt=30, output=20)


async def test_a_key_without_limits_passes() -> None:
    _, spend, _ = a_guard()

    for _ in range(3):
        await spend(a_flow(), using)


async def test_what_was_really_used_counts() -> None:
    _, spend, _ = a_guard()
    for _ in range(2):
        await spend(a_limited_flow(daily_tokens=100), using)

    with pytest.raises(LimitReached, match="100 tokens a day") as caught:
        await spend(a_limited_flow(daily_tokens=100), using)

    assert caught.value.retry_after_s is not None


async def test_what_is_cut_short_counts_as_well() -> None:
    _, spend, _ = a_guard()

    async def breaking(flow: Flow) -> None:
        await using(flow)
        raise ConnectionError

    for _ in range(2):
        with pytest.raises(ConnectionError):
            await spend(a_limited_flow(monthly_tokens=100), breaking)
    with pytest.raises(LimitReached):
        await spend(a_limited_flow(monthly_tokens=100), using)


async def test_the_books_are_asked_once_at_the_start_and_never_again() -> None:
    """architecture.md 12: a warm request touches no database."""
    guard, spend, books = a_guard()
    await guard.running()
    assert len(books.asked) == 2

    with pytest.raises(LimitReached):
        await spend(a_limited_flow(daily_tokens=100), using)
    other = a_limited_flow(daily_tokens=100)
    other.caller = replace(other.known_caller, key_id=KeyId("another"))
    await spend(other, using)

    assert len(books.asked) == 2


@pytest.mark.parametrize(
    ("terms", "says"),
    [
        (Terms(expires_at=ManualClock().now()), "This API key has expired on "),
        (Terms(paused=True), "paused"),
        (Terms(networks=networks_of(["192.0.2.0/24"])), "may not be used from this address"),
        (Terms(networks=networks_of([])), "may not be used from this address"),
    ],
)
async def test_a_key_is_refused_by_its_terms(terms: Terms, says: str) -> None:
    """Spec: threats.md S30; admin-ui.md 2.3, Keys."""
    guard, _, _ = a_guard()
    flow = a_flow()
    flow.caller, flow.peer = replace(ANNA, terms=terms), "198.51.100.7"

    with pytest.raises(Forbidden, match=says):
        await guard.caller_known(flow)


@pytest.mark.parametrize(
    "terms",
    [Terms(), Terms(expires_at=ManualClock().now() + 1), Terms(networks=networks_of(["198.51.100.7"]))],
)
async def test_a_key_within_its_terms_passes(terms: Terms) -> None:
    guard, _, _ = a_guard()
    flow = a_flow()
    flow.caller, flow.peer = replace(ANNA, terms=terms), "198.51.100.7"

    await guard.caller_known(flow)


async def test_a_key_without_limits_is_counted_as_well() -> None:
    guard, spend, _ = a_guard()

    await spend(a_flow(), using)

    assert guard.counters(ANNA.key_id).day_tokens == 50
