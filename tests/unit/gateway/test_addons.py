"""What is turned of addons while the gateway runs. Spec: architecture 8.4, 8.5."""

import asyncio
from pathlib import Path

from msgspec.structs import replace
from pytest import MonkeyPatch

from app.gateway.turns import StoredTurns
from app.hooks.turned import Turned
from app.store.knobs import Knobs, StoredKnobs
from tests.support.gateways import a_gateway

OFF = Turned(enabled=False)


async def test_a_change_whose_caller_leaves_before_it_is_stored_is_taken_back(
    tmp_path: Path, monkeypatch: MonkeyPatch
) -> None:
    """What is in force is what is stored."""
    begun = asyncio.Event()

    async def never(*_: object) -> Knobs:
        begun.set()
        await asyncio.Event().wait()
        raise AssertionError

    async with a_gateway(tmp_path) as gateway:
        with monkeypatch.context() as patch:
            patch.setattr(StoredKnobs, "put", never)
            changing = asyncio.ensure_future(
                gateway.addons.turn("model_alias", lambda turned: replace(turned, enabled=False))
            )
            await begun.wait()
            assert gateway.roster.turned_of("model_alias") == OFF
            changing.cancel()
            await asyncio.wait([changing])

        assert gateway.roster.turned_of("model_alias").enabled


async def test_what_another_process_turned_is_taken_although_an_addon_has_gone_meanwhile(
    tmp_path: Path, monkeypatch: MonkeyPatch
) -> None:
    async with a_gateway(tmp_path) as gateway:
        elsewhere = StoredTurns(gateway.store.knobs, await gateway.store.knobs.read())
        for name in ("model_alias", "tool_output_limit"):
            await elsewhere.keep(name, OFF)
        turn = gateway.roster.turn

        async def reloaded_meanwhile(name: str, turned: Turned) -> None:
            if name == "model_alias":
                raise KeyError(name)
            await turn(name, turned)

        monkeypatch.setattr(gateway.roster, "turn", reloaded_meanwhile)
        await gateway.addons.run_once()

        assert gateway.roster.turned_of("tool_output_limit") == OFF
