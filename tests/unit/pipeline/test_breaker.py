"""The egress breaker. Source: faults.md 1 rule 9, F001 to F005, F009, F018, F032."""

import pytest

from app.errors import (
    AccountRefused,
    LocationRefused,
    StreamCut,
    UpstreamBroken,
    UpstreamError,
    UpstreamUnreachable,
)
from app.pipeline.breaker import BLOCKED_S, FAILURES, OPEN_S, PROBE_S, Breaker, Breakers
from app.upstreams.transport.failures import proxy_refused, unreachable
from app.verdicts import FAIL
from tests.support.clock import ManualClock


class World:
    def __init__(self) -> None:
        self.clock = ManualClock()
        self.breaker = Breaker(self.clock)

    def fails(self, error: UpstreamError, times: int = 1) -> None:
        for _ in range(times):
            with self.breaker.attempt() as way:
                way.failed(error)

    def refuses(self) -> float:
        """Seconds to wait as told; 0 where an attempt may leave."""
        try:
            self.breaker.check()
        except UpstreamError as error:
            assert error.verdict == FAIL
            assert error.retry_after_s is not None
            return error.retry_after_s
        return 0.0


@pytest.mark.parametrize(
    "error",
    [*map(unreachable, ("dns", "connect", "connect_timeout", "tls")), proxy_refused()],
    ids=lambda error: error.kind,
)
def test_failures_of_the_route_in_a_row_open_it_for_a_while(error: UpstreamError) -> None:
    world = World()
    world.fails(error, FAILURES - 1)
    assert world.refuses() == 0.0

    world.fails(error)

    assert world.refuses() == OPEN_S
    world.clock.advance(OPEN_S)
    assert world.refuses() == 0.0


@pytest.mark.parametrize(
    "error",
    [
        unreachable("reset_before_headers"),
        StreamCut("cut"),
        UpstreamBroken("500", upstream_status=500),
        AccountRefused("403", upstream_status=403),
    ],
)
def test_what_is_not_the_routes_fault_does_not_open_it(error: UpstreamError) -> None:
    world = World()
    world.fails(error, 50)

    assert world.refuses() == 0.0


def test_any_answer_ends_the_row() -> None:
    world = World()
    world.fails(unreachable("connect"), FAILURES - 1)
    world.fails(AccountRefused("403", upstream_status=403))
    world.fails(unreachable("connect"), FAILURES - 1)

    assert world.refuses() == 0.0


def test_one_attempt_finds_out_and_the_others_wait_for_its_word() -> None:
    world = World()
    world.fails(unreachable("connect"), FAILURES)
    world.clock.advance(OPEN_S)

    with world.breaker.attempt() as way:
        with pytest.raises(UpstreamUnreachable), world.breaker.attempt():
            pass
        way.passed()

        assert not world.breaker.is_open
        with world.breaker.attempt():
            pass


def test_an_attempt_that_left_before_it_opened_says_nothing_about_the_way_now() -> None:
    """A long stream that ends well was connected long ago."""
    world = World()
    with world.breaker.attempt() as early, world.breaker.attempt() as other:
        world.fails(unreachable("connect"), FAILURES)
        early.passed()
        other.failed(unreachable("connect"))

        assert world.refuses() == OPEN_S


def test_an_attempt_that_finds_the_route_still_down_opens_it_again_at_once() -> None:
    world = World()
    world.fails(unreachable("connect"), FAILURES)
    world.clock.advance(OPEN_S)
    world.fails(unreachable("connect"))

    assert world.refuses() == OPEN_S


def test_a_probe_that_says_nothing_does_not_keep_the_next_one_back() -> None:
    world = World()
    world.fails(unreachable("connect"), FAILURES)
    world.clock.advance(OPEN_S)
    with world.breaker.attempt():
        assert world.refuses() == PROBE_S

    assert world.refuses() == 0.0
    with world.breaker.attempt():
        world.clock.advance(PROBE_S)
        assert world.refuses() == 0.0


def test_a_place_refused_to_a_second_account_is_where_the_gateway_stands() -> None:
    world = World()
    world.fails(LocationRefused("place", upstream_status=400))
    assert world.refuses() == 0.0

    world.fails(LocationRefused("place", upstream_status=400))
    assert world.refuses() == BLOCKED_S


def test_the_page_for_robots_opens_it_at_once() -> None:
    world = World()
    world.fails(LocationRefused("robots", verdict=FAIL, upstream_status=429))

    assert world.refuses() == BLOCKED_S


def test_each_upstream_has_a_breaker_of_its_own() -> None:
    breakers = Breakers(ManualClock())
    for _ in range(FAILURES):
        with breakers.of("one").attempt() as way:
            way.failed(unreachable("dns"))

    assert breakers.of("one").is_open
    assert breakers.are_open
    assert not breakers.of("other").is_open
