"""Counting what flows came to. Source: faults.md 4."""

import pytest

from app.addons.metrics import MetricsAddon
from app.errors import Unauthenticated, UpstreamBusy
from app.flow import Flow
from app.ir.usage import Usage
from app.observe.metrics import Metrics
from tests.support.flows import a_flow, a_new_flow, an_attempt


@pytest.fixture
def metrics() -> Metrics:
    return Metrics()


async def counted(metrics: Metrics, flow: Flow) -> list[str]:
    """The lines that are not zero, after the flow has been watched."""
    addon = MetricsAddon(metrics)
    for attempt in flow.attempts:
        await addon.attempt_ended(flow, attempt)
    await addon.flow_closed(flow)
    lines = metrics.exposition().decode().splitlines()
    return [line for line in lines if not line.startswith("#") and not line.endswith(" 0.0")]


async def test_a_good_flow_is_counted_with_its_tokens(metrics: Metrics) -> None:
    flow = a_flow()
    flow.outcome, flow.usage = "ok", Usage(prompt=10, output=5)
    flow.marks.opened, flow.marks.first_output = 100.0, 101.5
    an_attempt(flow)

    lines = await counted(metrics, flow)

    assert 'gateway_requests_total{dialect="openai_chat",outcome="ok"} 1.0' in lines
    assert 'gateway_attempts_total{class="ok"} 1.0' in lines
    assert 'gateway_tokens_total{direction="in",model="gemini-3-flash"} 10.0' in lines
    assert 'gateway_tokens_total{direction="out",model="gemini-3-flash"} 5.0' in lines
    assert "gateway_time_to_first_output_seconds_sum 1.5" in lines


async def test_a_failed_attempt_is_counted_by_its_kind(metrics: Metrics) -> None:
    flow = a_flow()
    flow.outcome = "failed"
    an_attempt(flow, error=UpstreamBusy("full", kind="capacity"))

    lines = await counted(metrics, flow)

    assert 'gateway_attempts_total{class="upstream_overloaded"} 1.0' in lines
    assert 'gateway_upstream_errors_total{kind="capacity"} 1.0' in lines


async def test_a_client_that_left_is_counted_by_how_far_it_came(metrics: Metrics) -> None:
    flow = a_flow()
    flow.outcome = "client_closed"

    assert 'gateway_client_disconnects_total{phase="queue"} 1.0' in await counted(metrics, flow)


async def test_a_refused_key_is_counted_and_nothing_of_it_shown(metrics: Metrics) -> None:
    flow = a_new_flow("anthropic")
    flow.outcome, flow.error = "client_fault", Unauthenticated("The API key `sk-…abcd` is not valid here.")

    lines = await counted(metrics, flow)

    assert 'gateway_auth_failures_total{surface="anthropic"} 1.0' in lines
    assert not [line for line in lines if "abcd" in line]
