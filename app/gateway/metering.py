"""The gauges of a gateway: numbers that are asked for when somebody looks."""

from collections.abc import Callable
from functools import partial

from app.observe.metrics import Metrics
from app.pipeline.breaker import Breakers
from app.pipeline.budget import RetryBudget
from app.pipeline.runner import Runner
from app.pipeline.stages.admit import Floor
from app.pool.model import State
from app.pool.pool import Pool
from app.store.lifecycle import Store


def meter(metrics: Metrics, *, runner: Runner, floor: Floor, pool: Pool) -> None:
    """Register the gauges. Source of names: faults.md 4."""
    metrics.gauge("inflight_requests", "Requests that have not ended.", lambda: runner.running)
    metrics.gauge("streams_active", "Generations that were admitted.", lambda: floor.inside)
    metrics.gauge(
        "leases_active", "Leases held.", lambda: sum(status.in_flight for status in pool.snapshot())
    )
    for state in State:
        metrics.gauge(f"accounts_{state}", f"Accounts in state {state}.", partial(_count, pool, state))


def meter_retries(metrics: Metrics, budget: RetryBudget, breakers: Breakers) -> None:
    """Register what keeps retries from becoming a storm."""
    metrics.gauge(
        "retrying_requests", "Requests that try again after an unclear failure.", lambda: budget.retrying
    )
    metrics.gauge("retry_budget_denied", "Retries that the budget did not allow.", lambda: budget.refused)
    metrics.gauge(
        "breaker_open", "Whether requests are refused since the way out fails.", lambda: breakers.are_open
    )


def meter_store(metrics: Metrics, store: Store) -> None:
    """Register what the store knows of itself."""
    writer, books = store.writer.state, store.books.state
    metrics.gauge("log_queue_depth", "Rows that wait for the database.", lambda: writer.waiting)
    metrics.gauge("log_rows_refused", "Rows that the database refused for good.", lambda: writer.refused)
    metrics.gauge(
        "log_rows_dropped", "Request rows given up; their usage is kept.", lambda: books.rows_dropped
    )
    metrics.gauge("db_errors", "Rounds of writing that failed.", lambda: sum(writer.failures.values()))
    metrics.gauge("usage_replayed", "Requests read back from the journal.", lambda: books.replayed)
    metrics.gauge("usage_damaged", "Damaged records in the journal.", lambda: books.damaged)


def meter_logs(metrics: Metrics, dropped: Callable[[], int]) -> None:
    """Register what the log knows of itself."""
    metrics.gauge("log_records_dropped", "Log lines that never got out.", dropped)


def _count(pool: Pool, state: State) -> int:
    return sum(status.shown is state for status in pool.snapshot())
