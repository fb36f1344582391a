"""The numbers of one gateway, for Prometheus.

Labels are closed lists: never client text, tokens, addresses or e-mails. Source of names: faults.md 4.
"""

from collections.abc import Callable
from typing import Final

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)

_FIRST_OUTPUT_BUCKETS: Final = (0.1, 0.25, 0.5, 1, 2, 4, 8, 16, 32, 64, 128)


class Metrics:
    """Counters that are told, gauges that are asked. One registry per gateway."""

    content_type: Final = CONTENT_TYPE_LATEST

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self.requests = self._counter("requests", "Requests by how they ended.", "dialect", "outcome")
        self.attempts = self._counter("attempts", "Upstream attempts by how they ended.", "class")
        self.upstream_errors = self._counter("upstream_errors", "Upstream errors by kind.", "kind")
        self.disconnects = self._counter("client_disconnects", "Clients that left, by phase.", "phase")
        self.auth_failures = self._counter("auth_failures", "Keys that were refused.", "surface")
        self.addon_errors = self._counter("addon_errors", "Watchers of addons that failed.")
        self.tokens = self._counter("tokens", "Tokens used.", "model", "direction")
        self.first_output = Histogram(
            "gateway_time_to_first_output_seconds",
            "From the request's arrival to the first output, in seconds.",
            registry=self._registry,
            buckets=_FIRST_OUTPUT_BUCKETS,
        )

    def gauge(self, name: str, text: str, read: Callable[[], float]) -> None:
        """A number that is asked for whenever somebody looks."""
        Gauge(f"gateway_{name}", text, registry=self._registry).set_function(read)

    def exposition(self) -> bytes:
        """All numbers in the text format."""
        return generate_latest(self._registry)

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(f"gateway_{name}", text, labels, registry=self._registry)
