"""The histogram of times to the first output."""

import random

from hypothesis import given
from hypothesis import strategies as st

from app.store.buckets import MOST, bucket_of, quantile, told

THE_ERROR = 0.05


@given(st.integers(1, 3_600_000))
def test_what_a_bucket_tells_is_within_five_per_cent(ms: int) -> None:
    """admin-ui.md 2.3, Usage: p50 and p95 from roll-ups."""
    assert abs(told(bucket_of(ms)) - ms) <= ms * THE_ERROR + 1e-6


@given(st.integers(0, 3_600_000), st.integers(0, 3_600_000))
def test_longer_times_are_never_in_smaller_buckets(one: int, other: int) -> None:
    assert (bucket_of(one) <= bucket_of(other)) or one > other


def test_a_time_beyond_all_measure_is_in_the_last_bucket() -> None:
    assert bucket_of(2**31) == MOST


@given(st.lists(st.integers(1, 600_000), min_size=1, max_size=200), st.sampled_from([0.5, 0.95, 1.0]))
def test_a_quantile_is_that_of_the_times_themselves_within_the_error(times: list[int], share: float) -> None:
    counts: dict[int, int] = {}
    for ms in times:
        counts[bucket_of(ms)] = counts.get(bucket_of(ms), 0) + 1
    rank = max(1, -(-len(times) * round(share * 100) // 100))
    exact = sorted(times)[rank - 1]

    found = quantile(counts, share)

    assert found is not None
    assert abs(found - exact) <= exact * THE_ERROR + 1


def test_histograms_can_be_added() -> None:
    rng = random.Random(1)
    halves = [[rng.randrange(100, 9000) for _ in range(50)] for _ in range(2)]
    together: dict[int, int] = {}
    for half in halves:
        for ms in half:
            together[bucket_of(ms)] = together.get(bucket_of(ms), 0) + 1

    exact = sorted(halves[0] + halves[1])[49]
    found = quantile(together, 0.5)

    assert found is not None
    assert abs(found - exact) <= exact * THE_ERROR


def test_nothing_has_no_quantile() -> None:
    assert quantile({}, 0.5) is None
