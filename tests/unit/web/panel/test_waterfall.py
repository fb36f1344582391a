"""Attempts as bars. Spec: admin-ui.md 2.3, Request detail."""

from app.admin.schemas.requests import AttemptView, RequestDetail, RequestLine, Tokens
from app.web.panel.waterfall import Bar, waterfall


def attempt(number: int, offset_ms: int, duration_ms: int, code: str = "", wait_ms: int = 0) -> AttemptView:
    return AttemptView(
        number=number,
        account="acc_1",
        account_email="",
        offset_ms=offset_ms,
        duration_ms=duration_ms,
        code=code,
        kind="",
        status=None,
        wait_ms=wait_ms,
    )


def detail(
    *attempts: AttemptView, duration_ms: int, first_ms: int | None, queue_ms: int | None = None
) -> RequestDetail:
    line = RequestLine(
        id="req_1",
        started_at=0.0,
        key="",
        key_name="",
        dialect="anthropic",
        client="other",
        origin="client",
        model_asked="m",
        model="m",
        account="acc_1",
        account_email="",
        streamed=True,
        result="ok",
        outcome="ok",
        code="",
        status=200,
        attempts=len(attempts),
        first_output_ms=first_ms,
        duration_ms=duration_ms,
        tokens=Tokens(prompt=0, cached=0, output=0, thought=0, source="none"),
        fallback=False,
    )
    return RequestDetail(
        request=line,
        phase="output",
        bytes_out=0,
        queue_ms=queue_ms,
        tokens_per_s=None,
        notes=[],
        attempts=list(attempts),
        passed=[],
    )


def test_bars_stand_where_things_happened() -> None:
    """Queue, a failed attempt with its pause, and one that was silent and then spoke."""
    failed = attempt(1, 100, 200, code="pool_exhausted", wait_ms=100)
    served = attempt(2, 400, 600)
    falls = waterfall(detail(failed, served, duration_ms=1000, first_ms=500, queue_ms=100))

    assert falls.ticks_ms == (0, 500, 1000)
    assert falls.queue == Bar("waited", 0, 10)
    assert falls.lanes[0].bars == (Bar("failed", 10, 20), Bar("waited", 30, 10))
    assert falls.lanes[1].bars == (Bar("silent", 40, 10), Bar("spoke", 50, 50))
    assert (falls.lanes[0].first, falls.lanes[1].first) == (None, 50)


def test_an_instant_is_still_seen_and_stays_inside() -> None:
    """No bar is too narrow to be seen, none leaves the lane, whatever the clock said."""
    falls = waterfall(detail(attempt(1, 1000, 0, code="x"), duration_ms=1000, first_ms=None))

    (bar,) = falls.lanes[0].bars
    assert bar.width > 0.5
    assert bar.x + bar.width <= 100


def test_what_still_runs_is_drawn_as_far_as_it_is_known() -> None:
    """A running request has no length yet."""
    falls = waterfall(detail(attempt(1, 0, 0), duration_ms=0, first_ms=None))

    assert falls.whole_ms == 1
    assert [bar.part for bar in falls.lanes[0].bars] == ["silent"]


def test_an_answer_that_broke_off_ends_in_failure() -> None:
    """What came before the break is not told as an answer that went well."""
    falls = waterfall(
        detail(attempt(1, 0, 100, code="upstream_stream_truncated"), duration_ms=100, first_ms=50)
    )

    assert [bar.part for bar in falls.lanes[0].bars] == ["silent", "failed"]
