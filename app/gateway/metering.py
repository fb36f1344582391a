"""The gauges of a gateway: numbers that are asked for when somebody looks."""

from functools import partial

from app.observe.metrics import Metrics
from app.pipeline.runner import Runner
from app.pipeline.stages.admit import Floor
from app.pool.model import AccountState
from app.pool.pool import Pool


def meter(metrics: Metrics, *, runner: Runner, floor: Floor, pool: Pool) -> None:
    """Register the gauges. Source of names: faults.md 4."""
    metrics.gauge("inflight_requests", "Requests that have not ended.", lambda: runner.running)
    metrics.gauge("streams_active", "Generations that were admitted.", lambda: floor.inside)
    metrics.gauge(
        "leases_active", "Leases held.", lambda: sum(status.in_flight for status in pool.snapshot())
    )
    for state in AccountState:
        metrics.gauge(
            f"accounts_{state}", f"Enabled accounts in state {state}.", partial(_count, pool, state)
        )


def _count(pool: Pool, state: AccountState) -> int:
    return sum(status.enabled and status.state is state for status in pool.snapshot())
