"""A gateway as a process of its own, over a simulated backend in the test's process.

Never: the composition root. What is learned comes over HTTP or out of the database file.
"""

import asyncio
import os
import re
import signal
import sqlite3
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import httpx

from app.simulator.server import Simulator
from app.store.lifecycle import Store
from tests.support.store import a_seal, a_store

ROOT = Path(__file__).parents[2]
KEY = "sk-a-client-key-for-tests"
SEALING_KEY = "the-sealing-key-of-a-gateway-in-tests"
PASSWORD = "a long password for tests"
END_S = 20.0


def environ_for(folder: Path, simulator: Simulator) -> dict[str, str]:
    """Settings under which a command in `folder` stands on the simulator."""
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "PYTHONUNBUFFERED": "1",
        "DB_PATH": str(folder / "database.sqlite"),
        "ENCRYPTION_KEY": SEALING_KEY,
        "ADMIN_PASSWORD": PASSWORD,
        "API_KEY": KEY,
        "METRICS": "on",
        "MAX_CONCURRENT_PER_ACCOUNT": "0",
        "MAX_CONCURRENT_PER_MODEL": "0",
        "DRAIN_S": "1",
        "UPSTREAM_BASE_URLS": ",".join(simulator.host_urls),
        "OAUTH_AUTH_URL": simulator.oauth_auth_url,
        "OAUTH_TOKEN_URL": simulator.oauth_token_url,
        "OAUTH_USERINFO_URL": simulator.oauth_userinfo_url,
        "OAUTH_CLIENT_ID": simulator.options.client_id,
        "OAUTH_CLIENT_SECRET": simulator.options.client_secret,
    }


async def with_accounts(folder: Path, simulator: Simulator) -> None:
    """Put the simulator's accounts into the database in `folder`."""
    async with store_in(folder) as store:
        for account in simulator.accounts:
            await store.accounts.add(
                email=account.email, refresh_token=account.refresh_token, project=account.project
            )


@asynccontextmanager
async def store_in(folder: Path) -> AsyncIterator[Store]:
    """The process's database, as a command would open it."""
    async with a_store(folder, serving=False, seal=a_seal(SEALING_KEY)) as store:
        yield store


class Served:
    """A gateway that runs."""

    def __init__(self, process: asyncio.subprocess.Process, base: str) -> None:
        self.process = process
        self.base = base

    def client(self, key: str = KEY) -> httpx.AsyncClient:
        """A client of it."""
        return httpx.AsyncClient(
            base_url=self.base, headers={"authorization": f"Bearer {key}"}, trust_env=False, timeout=30
        )

    async def ends_by(self, number: signal.Signals) -> int:
        """Send a signal and wait for the end."""
        self.process.send_signal(number)
        async with asyncio.timeout(END_S):
            return await self.process.wait()


@asynccontextmanager
async def serving(folder: Path, environ: dict[str, str]) -> AsyncIterator[Served]:
    """`antigravity-proxy serve` until the end of the block."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "app", "serve", "--host", "127.0.0.1", "--port", "0"),
        cwd=folder,
        env=environ,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield Served(process, await _address(process))
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def ran(folder: Path, environ: dict[str, str], *arguments: str) -> tuple[int, str, str]:
    """A command to its end: exit code and both outputs."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "app", *arguments),
        cwd=folder,
        env=environ,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(60):
        out, err = await process.communicate()
    return process.returncode or 0, out.decode(), err.decode()


def rows(folder: Path, query: str) -> list[tuple[Any, ...]]:
    """What a query finds in the database file."""
    with closing(sqlite3.connect(folder / "database.sqlite", timeout=10)) as connection:
        return connection.execute(query).fetchall()


async def until(holds: Callable[[], bool], *, within_s: float = 20.0) -> None:
    """Return when something holds that another process brings about."""
    deadline = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < deadline, "it never came true"
        await asyncio.sleep(0.05)


async def _address(process: asyncio.subprocess.Process) -> str:
    assert process.stderr is not None
    said = ""
    async with asyncio.timeout(END_S):
        while (found := re.search(r"listening on (\S+)", said)) is None:
            line = await process.stderr.readline()
            assert line, f"it ended, having said:\n{said}"
            said += line.decode()
    return found[1]
