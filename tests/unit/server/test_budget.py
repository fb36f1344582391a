"""How often something may happen."""

from app.server.budget import Budget


def test_a_budget_lasts_for_its_limit_and_is_then_spent_for_good() -> None:
    """faults.md F090."""
    now = 0.0
    budget = Budget(3, 10.0, now=lambda: now)
    for _ in range(3):
        budget.spend()
    was_spent = budget.is_spent
    budget.spend()

    assert (was_spent, budget.is_spent) == (False, True)
    now = 100.0
    budget.spend()
    assert budget.is_spent


def test_a_new_window_brings_a_new_budget() -> None:
    """faults.md F090: honest clients reset streams too."""
    now = 0.0
    budget = Budget(3, 10.0, now=lambda: now)
    for now in (0.0, 1.0, 9.9, 10.0, 11.0, 19.9, 20.0):  # noqa: B007 - the clock is the loop variable
        budget.spend()

    assert not budget.is_spent
