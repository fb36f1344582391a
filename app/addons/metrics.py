"""Counts what flows and attempts came to."""

from app.addons.records import phase_of
from app.errors import GatewayError, Unauthenticated, UpstreamError
from app.flow import Attempt, Flow
from app.hooks.spec import Addon
from app.observe.metrics import Metrics


class MetricsAddon(Addon):
    """Tells the metrics about each flow that has ended."""

    name = "metrics"

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    async def attempt_ended(self, flow: Flow, attempt: Attempt) -> None:
        """Count the attempt, and the upstream's error if it was one."""
        self._metrics.attempts.labels(_word(attempt.error)).inc()
        if isinstance(attempt.error, UpstreamError):
            self._metrics.upstream_errors.labels(attempt.error.kind).inc()

    async def flow_closed(self, flow: Flow) -> None:
        """Count the flow, its tokens and its first output."""
        metrics = self._metrics
        metrics.requests.labels(flow.dialect.name, flow.outcome).inc()
        if flow.outcome == "client_closed":
            metrics.disconnects.labels(phase_of(flow)).inc()
        if isinstance(flow.error, Unauthenticated):
            metrics.auth_failures.labels(flow.dialect.name).inc()
        if flow.profile is not None:
            metrics.tokens.labels(flow.profile.id, "in").inc(flow.usage.prompt)
            metrics.tokens.labels(flow.profile.id, "out").inc(flow.usage.output)
        if flow.marks.first_output:
            metrics.first_output.observe(flow.marks.first_output - flow.marks.opened)


def _word(error: GatewayError | None) -> str:
    return "ok" if error is None else error.code
