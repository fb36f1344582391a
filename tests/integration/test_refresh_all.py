"""`account refresh --all`, alone and beside a gateway, against the simulated backend."""

import json
import signal
from pathlib import Path

from app.pool.refreshing import RunState
from app.simulator.options import SimulatorOptions
from app.simulator.server import Simulator
from tests.support.process import environ_for, ran, rows, serving, store_in, until, with_accounts

REFRESH = ("account", "refresh", "--all", "--parallel", "3", "--json")


async def test_alone_it_does_the_work_itself(tmp_path: Path) -> None:
    async with Simulator(SimulatorOptions(scenario="revoked-account", accounts=6)) as simulator:
        await with_accounts(tmp_path, simulator)

        code, out, _ = await ran(tmp_path, environ_for(tmp_path, simulator), *REFRESH)

    told = json.loads(out)
    assert (code, told["run"]["state"], told["run"]["done"], told["run"]["failed"]) == (1, "done", 5, 1)
    (failed,) = [item for item in told["accounts"] if item["state"] == "failed"]
    assert "does not accept the sign-in" in failed["reason"]
    assert rows(tmp_path, "SELECT COUNT(*) FROM accounts WHERE state = 'needs_sign_in'") == [(1,)]


async def test_a_gateway_that_runs_does_the_work_and_shows_it_to_the_command(tmp_path: Path) -> None:
    async with Simulator(SimulatorOptions(accounts=6)) as simulator:
        environ = environ_for(tmp_path, simulator)
        await with_accounts(tmp_path, simulator)
        async with serving(tmp_path, environ):
            code, out, err = await ran(tmp_path, environ, *REFRESH)

    told = json.loads(out)
    assert (code, err) == (0, "")
    assert (told["run"]["state"], told["run"]["done"]) == ("done", 6)
    assert rows(tmp_path, "SELECT COUNT(*) FROM accounts WHERE tier IS NOT NULL") == [(6,)]


async def test_it_goes_on_where_a_run_was_left(tmp_path: Path) -> None:
    async with Simulator(SimulatorOptions(accounts=4)) as simulator:
        environ = environ_for(tmp_path, simulator)
        await with_accounts(tmp_path, simulator)
        async with store_in(tmp_path) as store:
            accounts = await store.accounts.all()
            run = await store.refreshes.begin(accounts, parallel=2)
            await store.refreshes.take(run.id)
            await store.refreshes.settle(run.id, accounts[0].id)
            await store.refreshes.steer(run.id, RunState.PAUSED)

        code, out, err = await ran(tmp_path, environ, "account", "refresh", "--all")

    assert code == 0
    assert "Going on: 1 of 4" in err
    assert "Done: 4 fresh, 0 failed." in out
    assert len({entry.email for entry in simulator.requests if entry.method == "loadCodeAssist"}) == 3


async def test_a_run_survives_the_gateway_that_works_on_it(tmp_path: Path) -> None:
    """faults.md F125: the next gateway goes on at once, and asks nobody twice but who was being asked."""
    async with Simulator(SimulatorOptions(accounts=25)) as simulator:
        environ = environ_for(tmp_path, simulator)
        await with_accounts(tmp_path, simulator)
        async with store_in(tmp_path) as store:
            await store.refreshes.begin(await store.accounts.all(), parallel=1)
        async with serving(tmp_path, environ) as gateway:
            await until(lambda: rows(tmp_path, _DONE)[0][0] >= 3)
            await gateway.ends_by(signal.SIGKILL)
        (before,) = rows(tmp_path, _DONE)[0]
        assert before < 25

        asked_before = len(simulator.requests)
        async with serving(tmp_path, environ):
            await until(lambda: rows(tmp_path, "SELECT state FROM refresh_runs") == [("done",)])
            asked = [one.email for one in list(simulator.requests)[asked_before:] if one.method == _ASKING]

    assert rows(tmp_path, _DONE) == [(25,)]
    assert set(asked) == {one.email for one in simulator.accounts[before:]}


_DONE = "SELECT COUNT(*) FROM refresh_items WHERE state = 'done'"
_ASKING = "loadCodeAssist"


async def test_a_run_can_be_cancelled_from_another_terminal(tmp_path: Path) -> None:
    async with Simulator(SimulatorOptions(accounts=2)) as simulator:
        environ = environ_for(tmp_path, simulator)
        await with_accounts(tmp_path, simulator)
        async with store_in(tmp_path) as store:
            await store.refreshes.begin(await store.accounts.all(), parallel=2)

        code, out, err = await ran(tmp_path, environ, "account", "refresh", "--all", "--cancel")

    assert code == 0, err
    assert "Cancelled: 0 fresh, 0 failed, 2 not asked." in out
