"""How long the first byte of each page of the panel takes, with 500 accounts and 1,000,000 request rows.

Whole gateways on real sockets; a page is rendered before its first byte leaves. The best of some loads: what
else the machine does only ever adds.
"""

import asyncio
import shutil
import tempfile
import time
from pathlib import Path
from time import perf_counter
from typing import Final

import httpx

from app.clock import SystemClock
from app.web.panel.frame import PAGES
from tests.bench import panel_data
from tests.bench.figures import Figure
from tests.support.store import SEALING_KEY
from tests.support.world import World, a_world

BUDGET_MS: Final = 300.0
_ROUNDS: Final = 5


class _Then(SystemClock):
    """The machine's clock, set to the end of the busy year."""

    _ahead = panel_data.UNTIL - time.time()

    @classmethod
    def now(cls) -> float:
        """Epoch seconds."""
        return time.time() + cls._ahead


def pages() -> list[Figure]:
    """The best of some loads of each page, in ms."""
    made = panel_data.database()
    with tempfile.TemporaryDirectory(dir=made.parent) as folder:
        # What a gateway writes while it serves does not belong into the file that is kept.
        copy = Path(folder) / "database.sqlite"
        shutil.copyfile(made, copy)
        return asyncio.run(_measured(copy))


async def _measured(database: Path) -> list[Figure]:
    async with (
        a_world(
            accounts=len(panel_data.ACCOUNTS),
            clock=_Then(),
            db_path=str(database),
            encryption_key=(SEALING_KEY,),
            log_retention_days=400,
            usage_retention_days=400,
        ) as world,
        httpx.AsyncClient(base_url=world.base_url, trust_env=False, timeout=60) as client,
    ):
        await client.get(f"/admin/link/{world.gateway.sign_in_links.new()}")
        return [await _figure(client, name, path) for name, path in _paths(world).items()]


async def _figure(client: httpx.AsyncClient, name: str, path: str) -> Figure:
    took = []
    for _ in range(_ROUNDS):
        begun = perf_counter()
        async with client.stream("GET", path) as reply:
            took.append((perf_counter() - begun) * 1000)
            await reply.aread()
        assert reply.status_code == 200, f"{reply.status_code} from {path}"
    return Figure(f"page, {name}", min(took), "ms", budget=BUDGET_MS)


def _paths(world: World) -> dict[str, str]:
    account = world.gateway.pool.snapshot()[0].id
    flow = panel_data.flow_id(panel_data.FLOWS // 2)
    deep = f"{panel_data.UNTIL - 20 * 86_400:.1f}~req_"
    return {
        **{page: "/admin/" if page == "overview" else f"/admin/{page}" for page in PAGES},
        "overview, last hour": "/admin/?range=hour",
        "overview, 7 days": "/admin/?range=week",
        "one account": f"/admin/accounts/{account}",
        "one request": f"/admin/requests/{flow}",
        "requests, a deep page": f"/admin/requests?cursor={deep}",
        "requests, failed": "/admin/requests?result=failed",
        "requests, slow": "/admin/requests?slow_ms=5000",
        "usage, last hour": "/admin/usage?range=hour&by=account",
        "usage of accounts, 30 days": "/admin/usage?range=month&by=account",
        "usage of models, a year": "/admin/usage?range=year&by=model&measure=first_output",
    }
