"""The wait that a refusal asks for."""

import pytest

from app.upstreams.gemini.faults import read_fault
from tests.support.refusals import NOW, RETRY, body, fault


@pytest.mark.parametrize(
    "wait", ["0s", "-5s", "junk", "1e20", "99999999999s", "", "NaN", {"seconds": 3}, None, 7]
)
def test_a_nonsense_wait_is_no_wait(wait: object) -> None:
    """faults.md F028."""
    error = fault(429, "Error 17 of 3.", "RESOURCE_EXHAUSTED", {"@type": RETRY, "retryDelay": wait})

    assert error.retry_after_s is None
    assert error.verdict.cool_s is None


def test_the_header_counts_where_the_body_names_no_wait() -> None:
    """upstream.md 7.6."""
    error = read_fault(429, {"retry-after": "41"}, body(429, "x", "RESOURCE_EXHAUSTED"), NOW)

    assert error.retry_after_s == 41.0
