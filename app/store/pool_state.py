"""What the pool learned and would miss after a restart: cool-downs and quota windows, as the pool wrote them.

Saved as a whole by a job, never on the way of a request. Instants in a payload are epoch seconds.
"""

from collections.abc import Mapping

from msgspec import Struct
from tortoise.backends.base.client import BaseDBAsyncClient

from app.clock import Clock
from app.store.models import PoolStateRow
from app.store.tx import Database, run_in_tx, run_query
from app.store.upsert import Upsert

_COLUMNS = ("id", "payload", "until")
_SAVE = Upsert(PoolStateRow, _COLUMNS, replace=_COLUMNS[1:])


class Lasting(Struct, frozen=True):
    """One thing to remember until an instant."""

    payload: bytes
    until: float


class StoredPoolState:
    """Reads and replaces the saved state."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def read(self) -> dict[str, bytes]:
        """What was saved and still matters, by name."""

        async def work(client: BaseDBAsyncClient) -> list[PoolStateRow]:
            return await PoolStateRow.filter(until__gt=self._clock.now())

        return {row.id: row.payload for row in await run_query(self._database, work)}

    async def replace(self, state: Mapping[str, Lasting]) -> None:
        """Save this state in place of what was saved before."""

        async def work(client: BaseDBAsyncClient) -> None:
            await PoolStateRow.all().delete()
            await _SAVE.write(client, [(name, one.payload, one.until) for name, one in state.items()])

        await run_in_tx(self._database, work)
