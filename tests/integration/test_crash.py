"""A gateway that is killed in the middle of its work, and what the next one knows."""

import asyncio
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.simulator.options import SimulatorOptions
from app.simulator.server import Simulator
from tests.support.process import Served, environ_for, rows, serving, until, with_accounts

STREAMS = 5
EXHAUSTED = "acc-1"


def asking(text: str, *, stream: bool) -> dict[str, Any]:
    return {
        "model": "gemini-3-flash",
        "stream": stream,
        "messages": [{"role": "user", "content": text}],
    }


async def answered(gateway: Served, count: int) -> None:
    """Requests that come at once and are all answered."""
    async with gateway.client() as client:
        asked = [
            client.post("/v1/chat/completions", json=asking(f"Hello {number}! [[sim: text=2]]", stream=False))
            for number in range(count)
        ]
        assert {reply.status_code for reply in await asyncio.gather(*asked)} == {200}


async def open_streams(gateway: Served, client: httpx.AsyncClient) -> list[AsyncIterator[bytes]]:
    """Streams that have begun and will not end by themselves for long."""
    streams = []
    for number in range(STREAMS):
        text = f"Talk {number}! [[sim: text=40000]]"
        request = client.build_request("POST", "/v1/chat/completions", json=asking(text, stream=True))
        stream = (await client.send(request, stream=True)).aiter_raw()
        await anext(stream)
        streams.append(stream)
    return streams


def outcomes(folder: Path) -> dict[str, int]:
    return dict(rows(folder, "SELECT outcome, COUNT(*) FROM flows GROUP BY outcome"))


async def test_a_killed_gateway_leaves_nothing_held_and_forgets_nothing_that_matters(tmp_path: Path) -> None:
    """faults.md F125, amendments.md 4: states, cool-downs and usage survive; leases do not."""
    options = SimulatorOptions(scenario="one-exhausted", profile="realistic", accounts=2, directives=True)
    async with Simulator(options) as simulator:
        environ = environ_for(tmp_path, simulator)
        await with_accounts(tmp_path, simulator)
        async with serving(tmp_path, environ) as gateway:
            await answered(gateway, 4)
            async with gateway.client() as client:
                streams = await open_streams(gateway, client)
                await until(
                    lambda: (
                        outcomes(tmp_path) == {"ok": 4, "running": STREAMS}
                        and bool(rows(tmp_path, "SELECT id FROM pool_state WHERE id LIKE 'rest/%'"))
                    )
                )

                assert await gateway.ends_by(signal.SIGKILL) == -signal.SIGKILL
                for stream in streams:
                    with pytest.raises(httpx.RemoteProtocolError):
                        [piece async for piece in stream]

        before = len(simulator.requests)
        async with serving(tmp_path, environ) as gateway:
            assert outcomes(tmp_path) == {"ok": 4, "interrupted": STREAMS}
            assert rows(tmp_path, "SELECT SUM(requests) FROM usage") == [(4,)]
            async with gateway.client() as client:
                numbers = (await client.get("/metrics")).text
                assert "gateway_leases_active 0.0" in numbers
            await answered(gateway, 6)

            assert await gateway.ends_by(signal.SIGTERM) == 0

        assert rows(tmp_path, "SELECT SUM(requests) FROM usage") == [(10,)]
        asked = [
            entry.account
            for entry in list(simulator.requests)[before:]
            if entry.method == "streamGenerateContent"
        ]
        assert len(asked) == 6
        assert EXHAUSTED not in asked, "what its quota said before the crash still holds"


async def test_an_account_that_was_marked_before_a_crash_is_still_marked(tmp_path: Path) -> None:
    """faults.md F064, F125."""
    options = SimulatorOptions(scenario="revoked-account", accounts=2)
    async with Simulator(options) as simulator:
        environ = environ_for(tmp_path, simulator)
        await with_accounts(tmp_path, simulator)
        async with serving(tmp_path, environ) as gateway:
            await answered(gateway, 3)
            await until(
                lambda: (
                    rows(tmp_path, "SELECT state FROM accounts ORDER BY state")
                    == [("needs_sign_in",), ("ready",)]
                )
            )
            await gateway.ends_by(signal.SIGKILL)

        async with serving(tmp_path, environ) as gateway:
            async with asyncio.timeout(20):
                await answered(gateway, 2)
            assert rows(tmp_path, "SELECT state FROM accounts ORDER BY state") == [
                ("needs_sign_in",),
                ("ready",),
            ]
