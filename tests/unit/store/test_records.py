"""Values that are written down."""

import pytest

from app.store.records import storable, usage_of
from tests.support.store import a_flow, a_store, requests_counted


def test_an_ordinary_flow_stays_the_very_same() -> None:
    flow = a_flow(1)

    assert storable(flow) is flow


@pytest.mark.parametrize(
    "values",
    [
        {"model_asked": "x" * 5000},
        {"model_asked": "nul\0nul"},
        {"model_asked": "half \ud800 a pair"},
        {"prompt_tokens": 10**30},
        {"output_tokens": -5},
        {"duration_ms": 2**40},
        {"code": "c" * 100},
    ],
)
async def test_whatever_was_said_a_flow_is_written_and_counted(values: dict[str, object]) -> None:
    """faults.md rule 16: a row that is refused would take its usage with it."""
    async with a_store() as store:
        store.books.finished(a_flow(1, **values))
        await store.writer.flush()

        assert await requests_counted(store) == 1
        assert store.writer.state.refused == 0


@pytest.mark.parametrize(
    ("outcome", "failed"),
    [
        ("ok", False),
        ("client_fault", False),
        ("client_closed", False),
        ("blocked", False),
        ("refused", False),
        ("failed", True),
        ("truncated", True),
        ("idle_timeout", True),
    ],
)
def test_only_what_we_or_the_upstream_broke_is_a_failure(outcome: str, failed: bool) -> None:
    """faults.md rule 8."""
    assert usage_of(a_flow(1, outcome=outcome)).failed is failed


def test_usage_of_a_flow_without_a_model_is_under_the_name_that_was_asked_for() -> None:
    assert usage_of(a_flow(1, model="", model_asked="made-up")).model == "made-up"
