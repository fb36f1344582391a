"""The numbers, for monitors. Source: faults.md 4."""

from pathlib import Path

from tests.support.gateways import a_gateway, client_of


async def test_numbers_are_shown_where_the_operator_wants_it(tmp_path: Path) -> None:
    async with a_gateway(tmp_path, metrics=True) as gateway:
        shown = await client_of(gateway).get("/metrics")

    assert "gateway_inflight_requests 0.0" in shown.text
    assert shown.headers["content-type"].startswith("text/plain")


async def test_strangers_see_none_of_them_otherwise(tmp_path: Path) -> None:
    async with a_gateway(tmp_path) as gateway:
        assert (await client_of(gateway).get("/metrics")).status_code in (401, 404)
