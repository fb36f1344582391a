"""What the pool learned and would miss after a restart: cool-downs, quota windows, alarms.

Saved as a whole by a job, never on the way of a request. Short cool-downs are not worth it.
"""

from collections.abc import Iterator, Mapping

import msgspec
from msgspec import Struct
from tortoise.backends.base.client import BaseDBAsyncClient

from app.clock import Clock
from app.pool.memo import PoolMemo, RestMemo, WindowsMemo
from app.store.models import PoolStateRow
from app.store.tx import Database, run_in_tx, run_query
from app.store.upsert import Upsert

LEAST_REST_S = 60.0
"""Cool-downs that are over sooner are forgotten with the process. Source: faults.md F125."""

_WINDOWS_KEPT_S = 8 * 24 * 3600.0
_ALARMS_KEPT_S = 3600.0
_COLUMNS = ("id", "payload", "until")
_SAVE = Upsert(PoolStateRow, _COLUMNS, replace=_COLUMNS[1:])


class Lasting(Struct, frozen=True):
    """One thing to remember until an instant."""

    payload: bytes
    until: float


class StoredPoolState:
    """Reads and replaces the saved state. A save that would change nothing is left out."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._saved: dict[str, object] | None = None

    async def save(self, memo: PoolMemo, alarms: Mapping[str, str]) -> None:
        """Keep this in place of what was kept before. `alarms` are sentences by name."""
        gist = _gist(memo, alarms)
        if gist != self._saved:
            await self.replace(dict(self._rows(memo, alarms)))
            self._saved = gist

    async def recall(self) -> PoolMemo:
        """What was saved and still matters. What another version wrote and cannot be read is left out."""
        rests: list[RestMemo] = []
        windows: list[WindowsMemo] = []
        for name, payload in (await self.read()).items():
            try:
                if name.startswith("rest/"):
                    rests.append(msgspec.json.decode(payload, type=RestMemo))
                elif name.startswith("windows/"):
                    windows.append(msgspec.json.decode(payload, type=WindowsMemo))
            except msgspec.DecodeError:
                continue
        return PoolMemo(tuple(rests), tuple(windows))

    async def alarms(self) -> dict[str, str]:
        """The sentences of alarms that the gateway raised lately, by name."""
        kept = await self.read()
        return {
            name.removeprefix("alarm/"): payload.decode(errors="replace")
            for name, payload in kept.items()
            if name.startswith("alarm/")
        }

    async def read(self) -> dict[str, bytes]:
        """What was saved and still matters, by name."""

        async def work(client: BaseDBAsyncClient) -> list[PoolStateRow]:
            return await PoolStateRow.filter(until__gt=self._clock.now())

        rows = await run_query(self._database, work)
        return {row.id: row.payload for row in rows if isinstance(row.payload, bytes)}

    async def replace(self, state: Mapping[str, Lasting]) -> None:
        """Save this state in place of what was saved before."""

        async def work(client: BaseDBAsyncClient) -> None:
            await PoolStateRow.all().delete()
            await _SAVE.write(client, [(name, one.payload, one.until) for name, one in state.items()])

        await run_in_tx(self._database, work)

    def _rows(self, memo: PoolMemo, alarms: Mapping[str, str]) -> Iterator[tuple[str, Lasting]]:
        now = self._clock.now()
        for rest in memo.rests:
            if rest.until_epoch - now >= LEAST_REST_S:
                yield _rest_name(rest), Lasting(msgspec.json.encode(rest), rest.until_epoch)
        for each in memo.windows:
            yield f"windows/{each.account}", Lasting(msgspec.json.encode(each), now + _WINDOWS_KEPT_S)
        for name, sentence in alarms.items():
            yield f"alarm/{name}", Lasting(sentence.encode(), now + _ALARMS_KEPT_S)


def _rest_name(rest: RestMemo) -> str:
    return f"rest/{rest.account}/{rest.kind}/{rest.name}"


def _gist(memo: PoolMemo, alarms: Mapping[str, str]) -> dict[str, object]:
    """What makes a difference: an instant is worth a save only when it moved by more than a second or two."""
    rests = {_rest_name(rest): (round(rest.until_epoch / 2), rest.why) for rest in memo.rests}
    windows = {f"windows/{each.account}": each.windows for each in memo.windows}
    return {**rests, **windows, "alarms": dict(alarms)}
