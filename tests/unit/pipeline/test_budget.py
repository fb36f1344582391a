"""Retries are a bounded share of the traffic. Source: faults.md 3, complaints.md 3."""

from contextlib import ExitStack

import pytest

from app.pipeline.budget import RetryBudget, Share


def never() -> bool:
    return False


def shares(budget: RetryBudget, count: int, stack: ExitStack) -> list[Share]:
    return [stack.enter_context(budget.request(never)) for _ in range(count)]


@pytest.mark.parametrize(("running", "most"), [(1, 1), (5, 3), (15, 3), (20, 4), (100, 20)])
def test_a_fifth_may_try_again_but_never_less_than_three(running: int, most: int) -> None:
    budget = RetryBudget()
    with ExitStack() as stack:
        assert sum(share.take() for share in shares(budget, running, stack)) == most


def test_a_request_that_tries_again_twice_counts_once() -> None:
    budget = RetryBudget()
    with budget.request(never) as share:
        assert share.take()
        assert share.take()
        assert budget.retrying == 1


def test_whoever_ends_makes_room() -> None:
    budget = RetryBudget(share=0.0, least=1)
    with budget.request(never) as second:
        with budget.request(never) as first:
            assert first.take()
            assert not second.take()
        assert second.take()

    assert (budget.running, budget.retrying, budget.refused) == (0, 0, 1)


def test_an_exception_ends_a_request_like_anything_else() -> None:
    budget = RetryBudget()
    with pytest.raises(RuntimeError), budget.request(never) as share:
        share.take()
        raise RuntimeError

    assert (budget.running, budget.retrying) == (0, 0)


def test_a_request_whose_answer_has_begun_tries_nothing_again() -> None:
    """Streams are long: one that had trouble at its beginning must not use up the share of others."""
    budget = RetryBudget(least=1)
    answering: list[bool] = []
    with budget.request(lambda: bool(answering)) as first, budget.request(never) as second:
        assert first.take()
        assert not second.take()
        answering.append(True)
        assert second.take()

    assert budget.retrying == 0
