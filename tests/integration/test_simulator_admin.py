"""The simulator over its socket: its own API, its profiles, its life."""

import asyncio
import json
import ssl
from pathlib import Path
from typing import Any

import pytest
import trustme

from app.simulator.bench import BenchKnobs
from app.simulator.scenarios import SCENARIOS
from app.simulator.server import Simulator, SimulatorOptions, run
from tests.support.simulated import SimClient, Wire, a_simulator, until, user


async def admin(sim: Simulator, method: str, path: str, body: object = None) -> Any:
    data = b"" if body is None else json.dumps(body).encode()
    reply = await SimClient(sim).send(method, f"/__sim/{path}", data, {})
    return reply.json | {"_status": reply.status} if isinstance(reply.json, dict) else reply.json


async def test_health_names_the_scenario() -> None:
    """upstream.md 9.1."""
    async with a_simulator(scenario="demo", profile="slow") as sim:
        answer = await admin(sim, "GET", "health")

    assert answer == {"status": "ok", "scenario": "demo", "profile": "slow", "_status": 200}


async def test_faults_are_added_counted_and_removed() -> None:
    """upstream.md 9.1."""
    async with a_simulator() as sim:
        client = SimClient(sim)
        (number,) = await admin(sim, "POST", "faults", {"effect": "503_capacity", "host": "daily"})
        broken = await client.generate()
        (listed,) = await admin(sim, "GET", "faults")
        await admin(sim, "DELETE", f"faults?id={number}")
        mended = await client.generate()

    assert (broken.status, mended.status) == (503, 200)
    assert (listed["id"], listed["hits"], listed["rule"]["effect"]) == (number, 1, "503_capacity")


async def test_a_mistake_is_explained() -> None:
    """style.md 7."""
    async with a_simulator() as sim:
        effect = await admin(sim, "POST", "faults", {"effect": "nonsense"})
        member = await admin(sim, "POST", "faults", {"effect": "504", "nonsense": 1})
        scenario = await admin(sim, "POST", "scenario", {"name": "nonsense"})
        route = await admin(sim, "GET", "nonsense")

    assert effect["_status"] == member["_status"] == scenario["_status"] == 400
    assert "There is no effect `nonsense`" in effect["error"]
    assert "nonsense" in member["error"]
    assert "happy" in scenario["error"]
    assert "GET /__sim/health" in route["routes"]


async def test_state_is_read_and_replaced() -> None:
    """upstream.md 9.1."""
    async with a_simulator() as sim:
        before = await admin(sim, "GET", "state")
        change = {
            "knobs": {"token_life_s": 5, "checks_off": ["context"]},
            "catalog": "catalog-2026-01",
            "accounts": [{"id": "acc-1", "state": "tos"}, {"email": "zoe@example.com"}],
        }
        after = await admin(sim, "PUT", "state", change)
        wrong = await admin(sim, "PUT", "state", {"accounts": [{"id": "acc-1", "state": "nonsense"}]})

    assert before["knobs"]["token_life_s"] == 3599
    assert after["knobs"]["token_life_s"] == 5
    assert after["knobs"]["checks_off"] == ["context"]
    assert after["catalog"] == "catalog-2026-01"
    assert [account["state"] for account in after["accounts"]] == ["tos", "ok", "ok", "ok"]
    assert after["accounts"][3]["email"] == "zoe@example.com"
    assert wrong["_status"] == 400


async def test_the_clock_is_moved_from_outside() -> None:
    """upstream.md 9.1, 9.2."""
    async with a_simulator() as sim:
        still = await admin(sim, "POST", "clock", {"mode": "virtual", "now": 1000.0})
        moved = await admin(sim, "POST", "clock", {"advance": 50})

    assert (still["now"], moved["now"]) == (1000.0, 1050.0)


async def test_accounts_are_made_in_bulk() -> None:
    """upstream.md 9.2."""
    async with a_simulator(accounts=0) as sim:
        sim.state.add_account()
        made = await admin(sim, "POST", "accounts", {"count": 200})

    assert len(made) == 200
    assert len({account["id"] for account in made}) == 200


async def test_scripts_are_set_from_outside() -> None:
    """upstream.md 9.4."""
    async with a_simulator() as sim:
        await admin(sim, "POST", "scripts", {"match": {"text": "ping"}, "parts": [{"text": "pong"}]})
        scripted = await SimClient(sim).generate(text="ping")
        await admin(sim, "DELETE", "scripts")
        plain = await SimClient(sim).generate(text="ping")

    assert scripted.said == "pong"
    assert plain.said != "pong"


async def test_the_log_and_the_counters_are_shown() -> None:
    """upstream.md 9.8."""
    async with a_simulator() as sim:
        client = SimClient(sim)
        await client.generate()
        await client.generate("claude-sonnet-4-6")
        log = await admin(sim, "GET", "requests?since=1")
        counters = await admin(sim, "GET", "counters")

    assert [entry["model"] for entry in log] == ["claude-sonnet-4-6"]
    assert counters["counters"]["account:acc-1"] == 2
    assert counters["counters"]["status:200"] == 2
    assert (counters["open_streams"], counters["max_open_streams"]) == (0, 1)


async def test_reset_goes_back_to_the_scenario_of_the_start() -> None:
    """upstream.md 9.1."""
    async with a_simulator(scenario="one-exhausted") as sim:
        await admin(sim, "POST", "scenario", {"name": "happy"})
        happy = await SimClient(sim).generate()
        await admin(sim, "POST", "reset")
        again = await SimClient(sim).generate()

    assert (happy.status, again.status) == (200, 429)
    assert len(sim.requests) == 1


@pytest.mark.parametrize("name", sorted(SCENARIOS))
async def test_every_scenario_serves(name: str) -> None:
    """upstream.md 9.9."""
    async with a_simulator(scenario=name, clock="scaled", clock_factor=1000.0) as sim:
        client = SimClient(sim)
        health = await admin(sim, "GET", "health")
        loaded = await client.call("loadCodeAssist", {"metadata": {"ideType": "ANTIGRAVITY"}})
        reply = await client.generate()

    assert health["scenario"] == name
    assert loaded.status in {200, 401}
    assert reply.status in {200, 400, 401, 403, 429, 503}


@pytest.mark.parametrize("stamp", ["none", "metadata", "text"])
async def test_bench_streams_are_whole(stamp: Any) -> None:
    """upstream.md 9.7."""
    async with a_simulator(profile="bench") as sim:
        sim.state.bench = BenchKnobs(chunks=7, stamp=stamp)
        replies = [await SimClient(sim).generate() for _ in range(2)]

    for reply in replies:
        assert (reply.status, reply.ending, reply.finish, len(reply.events)) == (200, "complete", "STOP", 7)
    assert sim.state.journal.open_streams == 0
    assert sim.requests == []


async def test_paced_bench_streams_run_side_by_side_and_end_when_clients_leave() -> None:
    """upstream.md 9.7."""
    async with a_simulator(profile="bench") as sim:
        await admin(sim, "POST", "bench", {"chunks": 3, "interval_s": 0.001})
        replies = await asyncio.gather(*(SimClient(sim).generate() for _ in range(50)))
        await admin(sim, "POST", "bench", {"chunks": 1000, "interval_s": 0.01})
        async with Wire(sim) as wire:
            body = json.dumps({"request": {"contents": [user("x")]}}).encode()
            await wire.request("POST", "/v1internal:streamGenerateContent?alt=sse", body, {})
            await wire.first_bytes()
        await until(lambda: sim.open_streams == 0)

    assert [len(reply.events) for reply in replies] == [3] * 50
    assert sim.aborted_streams == 1


async def test_everything_can_be_served_over_tls(tmp_path: Path) -> None:
    """upstream.md 9.6: TLS failure is a matter of the certificate."""
    authority = trustme.CA()
    certificate = authority.issue_cert("127.0.0.1")
    chain = tmp_path / "chain.pem"
    certificate.private_key_and_cert_chain_pem.write_to_path(str(chain))
    trusted = ssl.create_default_context()
    authority.configure_trust(trusted)
    async with a_simulator(certfile=str(chain)) as sim:
        reader, writer = await asyncio.open_connection("127.0.0.1", sim.port, ssl=trusted)
        writer.write(b"GET /__sim/health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        answer = await reader.read()
        writer.close()
        await writer.wait_closed()
        with pytest.raises(ssl.SSLCertVerificationError):
            await asyncio.open_connection("127.0.0.1", sim.port, ssl=ssl.create_default_context())

    assert sim.base_url.startswith("https://")
    assert answer.startswith(b"HTTP/1.1 200 ")


async def test_run_serves_until_it_is_told_to_stop() -> None:
    """The command line starts it this way."""
    stop = asyncio.Event()
    task = asyncio.ensure_future(run(SimulatorOptions(), stop))
    await asyncio.sleep(0)
    assert not task.done()

    stop.set()
    await task


async def test_stopping_ends_what_is_open() -> None:
    """No connection and no task is left behind."""
    before = len(asyncio.all_tasks())
    async with a_simulator() as sim:
        sim.add_fault("stall")
        running = asyncio.ensure_future(SimClient(sim).generate())
        await until(lambda: sim.open_streams == 1)
    reply = await running

    assert reply.ending in {"cut", "reset"}
    assert sim.open_streams == 0
    assert len(asyncio.all_tasks()) == before
