"""What keeps a gateway from working as it should."""

from pathlib import Path

from tests.support.gateways import a_gateway, with_account


async def test_a_gateway_with_an_account_lacks_nothing(tmp_path: Path) -> None:
    async with a_gateway(tmp_path) as gateway:
        lacking = gateway.troubles()
        await with_account(gateway)

        assert (lacking, gateway.troubles(), gateway.is_ready) == (["no usable account"], [], True)


async def test_a_disabled_account_is_of_no_use(tmp_path: Path) -> None:
    async with a_gateway(tmp_path) as gateway:
        await with_account(gateway)
        (status,) = gateway.pool.snapshot()
        await gateway.pool.set_enabled(status.id, enabled=False)

        assert gateway.troubles() == ["no usable account"]


async def test_draining_is_a_state_of_the_whole(tmp_path: Path) -> None:
    async with a_gateway(tmp_path) as gateway:
        await with_account(gateway)
        gateway.begin_drain()

        assert (gateway.is_ready, gateway.floor.draining, gateway.troubles()) == (False, True, ["draining"])
