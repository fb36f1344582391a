"""The gauges of a gateway. Source: faults.md 4."""

from pathlib import Path

from app.pipeline.breaker import FAILURES
from app.upstreams.transport.failures import unreachable
from tests.support.gateways import a_gateway, with_account


async def test_gauges_follow_the_gateway(tmp_path: Path) -> None:
    async with a_gateway(tmp_path) as gateway:
        before = gateway.metrics.exposition().decode()
        await with_account(gateway)
        gateway.floor.inside = 3
        after = gateway.metrics.exposition().decode()

    assert "gateway_accounts_ready 0.0" in before
    assert "gateway_accounts_ready 1.0" in after
    assert "gateway_streams_active 3.0" in after
    assert "gateway_inflight_requests 0.0" in after
    assert "gateway_leases_active 0.0" in after


async def test_an_open_breaker_is_a_trouble_and_is_counted(tmp_path: Path) -> None:
    async with a_gateway(tmp_path) as gateway:
        await with_account(gateway)
        for _ in range(FAILURES):
            with gateway.breakers.of("antigravity").attempt() as way:
                way.failed(unreachable("dns"))

        assert gateway.troubles() == ["way to the upstream"]
        assert "gateway_breaker_open 1.0" in gateway.metrics.exposition().decode()
