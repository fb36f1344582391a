"""The numbers of one gateway. Source: faults.md 4."""

from app.observe.metrics import Metrics


def test_a_gauge_is_asked_whenever_somebody_looks() -> None:
    metrics = Metrics()
    inside: list[str] = []
    metrics.gauge("streams_active", "Streams.", lambda: len(inside))

    before = metrics.exposition()
    inside.append("one")

    assert b"gateway_streams_active 0.0" in before
    assert b"gateway_streams_active 1.0" in metrics.exposition()


def test_each_gateway_counts_for_itself() -> None:
    one, other = Metrics(), Metrics()

    one.requests.labels("anthropic", "ok").inc()

    assert b'outcome="ok"' in one.exposition()
    assert b'outcome="ok"' not in other.exposition()
