"""Stored knobs: names and JSON values. What a knob may be is said in app/settings/knobs.py.

`version` goes up with every change, so that other instances notice.
"""

from msgspec import Struct
from tortoise.backends.base.client import BaseDBAsyncClient

from app.clock import Clock
from app.store.models import KnobRow
from app.store.tx import Database, run_in_tx, run_query


class Knobs(Struct, frozen=True):
    """All stored knobs as JSON by name, and the version they have together."""

    values: dict[str, str]
    version: int


class StoredKnobs:
    """Reads and turns knobs in the database."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def read(self) -> Knobs:
        """What is stored now. A knob that was set back stays as a row without a value, for its version."""

        async def work(client: BaseDBAsyncClient) -> list[KnobRow]:
            return await KnobRow.all()

        rows = await run_query(self._database, work)
        values = {row.name: row.value for row in rows if row.value}
        return Knobs(values, max((row.version for row in rows), default=0))

    async def put(self, name: str, value: str) -> Knobs:
        """Store a value (JSON); gives all knobs afterwards."""

        async def work(client: BaseDBAsyncClient) -> None:
            newest = await KnobRow.all().order_by("-version").first()
            version = (newest.version if newest else 0) + 1
            changed = {"value": value, "version": version, "updated_at": self._clock.now()}
            await KnobRow.update_or_create(defaults=changed, name=name)

        await run_in_tx(self._database, work)
        return await self.read()

    async def reset(self, name: str) -> Knobs:
        """Take a stored value back, so that the start-up setting holds again."""
        return await self.put(name, "")
