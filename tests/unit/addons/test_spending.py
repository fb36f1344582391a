"""What keys have used, and when they may go on."""

from datetime import UTC, datetime

import pytest

from app.addons.spending import SOON_S, Counters, Refusal, Request, Spending, day_began, month_began
from app.allowance import Allowance
from app.ids import KeyId

KEY = KeyId("key")
NOON = datetime(2026, 8, 31, 12, tzinfo=UTC).timestamp()


def asking(tokens: int, most: int | None = None) -> Request:
    return Request(tokens, tokens if most is None else most)


def refusal(spending: Spending, estimate: int = 10, now: float = NOON, **limits: int) -> Refusal | None:
    return spending.refusal(KEY, Allowance(**limits), asking(estimate), now)


def test_requests_of_the_last_minute_are_counted_to_the_second() -> None:
    spending = Spending()
    for second in (0, 20):
        assert refusal(spending, now=NOON + second, requests_per_minute=2) is None
        spending.ask(KEY, asking(10), NOON + second)

    refused = refusal(spending, now=NOON + 45, requests_per_minute=2)

    assert refused == Refusal("This API key may send 2 requests a minute.", 15.0)
    assert refusal(spending, now=NOON + 60, requests_per_minute=2) is None


def test_tokens_of_the_last_minute_count_when_they_are_used() -> None:
    spending = Spending()
    spending.ask(KEY, asking(10), NOON)
    spending.settle(KEY, asking(10), 90, NOON + 10)

    assert refusal(spending, now=NOON + 20, tokens_per_minute=100) is None
    refused = refusal(spending, 11, now=NOON + 20, tokens_per_minute=100)
    assert refused == Refusal("This API key may use 100 tokens a minute.", 50.0)
    assert refusal(spending, 11, now=NOON + 70, tokens_per_minute=100) is None


def test_what_is_under_way_is_held_back() -> None:
    spending = Spending()
    spending.ask(KEY, asking(95), NOON)

    assert refusal(spending, daily_tokens=100) is not None

    spending.settle(KEY, asking(95), 20, NOON)
    assert refusal(spending, daily_tokens=100) is None


@pytest.mark.parametrize(
    ("limit", "words", "wait_s"),
    [("daily_tokens", "a day", 12 * 3600.0), ("monthly_tokens", "a month", 12 * 3600.0)],
)
def test_a_budget_is_there_again_with_the_next_day_or_month(limit: str, words: str, wait_s: float) -> None:
    spending = Spending()
    spending.restore(KEY, NOON, day_tokens=95, month_tokens=95)

    refused = refusal(spending, **{limit: 100})

    assert refused == Refusal(f"This API key may use 100 tokens {words}.", wait_s)
    assert refusal(spending, now=NOON + wait_s, **{limit: 100}) is None


def test_a_new_day_of_the_same_month_leaves_the_month_counted() -> None:
    spending, monday = Spending(), NOON - 7 * 86_400
    spending.ask(KEY, asking(0), monday)
    spending.settle(KEY, asking(0), 95, monday)

    assert refusal(spending, now=monday + 86_400, daily_tokens=100) is None
    assert refusal(spending, now=monday + 86_400, monthly_tokens=100) is not None


def test_days_and_months_begin_in_utc() -> None:
    assert datetime.fromtimestamp(day_began(NOON), UTC).isoformat() == "2026-08-31T00:00:00+00:00"
    assert datetime.fromtimestamp(month_began(NOON), UTC).isoformat() == "2026-08-01T00:00:00+00:00"


def test_only_so_many_requests_run_at_once() -> None:
    """Spec: threats.md S30; admin-ui.md 2.3, Keys."""
    spending = Spending()
    for _ in range(2):
        assert refusal(spending, concurrent=2) is None
        spending.ask(KEY, asking(0), NOON)

    assert refusal(spending, concurrent=2) == Refusal(
        "This API key may have 2 requests under way at once.", SOON_S
    )
    spending.settle(KEY, asking(0), 5, NOON)
    assert refusal(spending, concurrent=2) is None


@pytest.mark.parametrize("limit", ["daily_tokens", "monthly_tokens"])
def test_beside_others_a_request_gets_only_what_they_surely_leave(limit: str) -> None:
    """Spec: threats.md S30: reserved with its answer, so that many at once do not overdraw a budget."""
    spending, most = Spending(), Allowance(**{limit: 1000})
    assert spending.refusal(KEY, most, asking(10, 5000), NOON) is None, "alone, it may use up what is left"
    spending.ask(KEY, asking(10, 500), NOON)

    assert spending.refusal(KEY, most, asking(10, 500), NOON) is None
    refused = spending.refusal(KEY, most, asking(10, 501), NOON)

    assert refused is not None
    assert refused.retry_after_s == SOON_S
    assert "under way" in refused.text


def test_counters_are_those_of_now() -> None:
    spending = Spending()
    spending.restore(KEY, NOON, day_tokens=5, month_tokens=50)
    spending.ask(KEY, asking(10, 500), NOON)
    spending.ask(KEY, asking(10, 500), NOON)
    spending.settle(KEY, asking(10, 500), 30, NOON)

    assert spending.counters(KEY, NOON) == Counters(
        in_flight=1, requests=2, tokens=30, day_tokens=35, month_tokens=80
    )
    assert spending.counters(KEY, NOON + 86_400) == Counters(in_flight=1)
    assert spending.counters(KeyId("nobody"), NOON) == Counters()
