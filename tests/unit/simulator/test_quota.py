from app.simulator.quota import FIVE_HOURS, HOUR, WEEK, CapacityRule, QuotaBook, RateLimiter, Window


def test_the_reset_of_an_unused_window_moves_with_the_clock() -> None:
    """upstream.md 8.2."""
    window = Window(span=FIVE_HOURS, capacity=10)

    assert window.reset_time(100.0) == 100.0 + FIVE_HOURS
    assert window.reset_time(200.0) == 200.0 + FIVE_HOURS
    assert window.fraction(200.0) == 1.0


def test_the_first_use_anchors_the_window() -> None:
    """upstream.md 8.2."""
    window = Window(span=FIVE_HOURS, capacity=10)
    window.spend(4, now=100.0)

    assert window.reset_time(9_000.0) == 100.0 + FIVE_HOURS
    assert window.fraction(9_000.0) == 0.6


def test_at_its_reset_a_window_is_whole_and_unanchored_again() -> None:
    """upstream.md 8.2."""
    window = Window(span=FIVE_HOURS, capacity=10)
    window.exhaust(0.0)

    assert window.fraction(FIVE_HOURS - 1) == 0.0
    assert window.fraction(FIVE_HOURS) == 1.0
    assert window.reset_time(FIVE_HOURS + 50) == FIVE_HOURS + 50 + FIVE_HOURS


def test_gemini_is_counted_per_host_and_the_others_are_not() -> None:
    """upstream.md 1.1, 9.2."""
    book = QuotaBook()

    assert book.of("a", "daily", "gemini") is not book.of("a", "prod", "gemini")
    assert book.of("a", "daily", "3p") is book.of("a", "prod", "3p")
    assert book.of("a", "daily", "3p") is not book.of("b", "daily", "3p")


def test_the_longest_exhausted_window_decides() -> None:
    """upstream.md 8.3."""
    book = QuotaBook()
    windows = book.of("a", "daily", "gemini")
    assert book.exhausted_until(windows, 0.0) is None

    windows["5h"].exhaust(0.0)
    windows["weekly"].exhaust(0.0)

    assert book.exhausted_until(windows, HOUR) == WEEK
    assert book.exhausted_until(windows, FIVE_HOURS) == WEEK


def test_published_fractions_lag_by_the_delay() -> None:
    """upstream.md 8.2, 9.2."""
    book = QuotaBook(publication_delay_s=30.0, capacity={"5h": 10.0, "weekly": 100.0})
    assert book.readings("a", "daily", "gemini", 0.0)["5h"].fraction == 1.0
    book.of("a", "daily", "gemini")["5h"].spend(5, now=1.0)

    assert book.readings("a", "daily", "gemini", 10.0)["5h"].fraction == 1.0
    assert book.readings("a", "daily", "gemini", 30.0)["5h"].fraction == 0.5


def test_the_rate_limiter_tells_the_true_wait() -> None:
    """upstream.md 9.2: 429 a with true delays."""
    limiter = RateLimiter(per_second=2.0, burst=1.0)

    assert limiter.wait_s("a", "m", 0.0) == 0.0
    assert limiter.wait_s("a", "m", 0.1) == 0.4
    assert limiter.wait_s("a", "other", 0.1) == 0.0
    assert limiter.wait_s("a", "m", 0.6) == 0.0


def test_without_a_rate_nothing_waits() -> None:
    """upstream.md 9.2."""
    limiter = RateLimiter()

    assert [limiter.wait_s("a", "m", 0.0) for _ in range(100)] == [0.0] * 100


def test_a_capacity_rule_is_plain_data() -> None:
    """upstream.md 9.2."""
    assert CapacityRule(host="daily", probability=1.0).model == "*"
