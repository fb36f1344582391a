"""The gauges of a gateway. Source: faults.md 4."""

from pathlib import Path

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
