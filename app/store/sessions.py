"""Sessions of administrators: listed, seen, ended.

A session is its row; ending it is deleting the row. The token that carries its id is not known here.
"""

from msgspec import Struct
from tortoise.backends.base.client import BaseDBAsyncClient

from app.clock import Clock
from app.store.models import SessionRow
from app.store.rows import fitting, read_row, read_rows
from app.store.tx import Database, run_in_tx, run_query


class Session(Struct, frozen=True, kw_only=True):
    """One signed-in browser or program. `peer` is an address, `agent` what it called itself, cut short."""

    id: str
    created_at: float
    expires_at: float
    last_seen_at: float
    peer: str = ""
    agent: str = ""


class StoredSessions:
    """Reads and changes sessions."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def begin(self, session: Session) -> None:
        """Keep a new session; those that have expired go on this occasion."""

        async def work(client: BaseDBAsyncClient) -> None:
            await SessionRow.filter(expires_at__lt=self._clock.now()).delete()
            await SessionRow.create(
                id=session.id,
                created_at=session.created_at,
                expires_at=session.expires_at,
                last_seen_at=session.last_seen_at,
                peer=session.peer[:64],
                agent=session.agent[:255],
            )

        await run_in_tx(self._database, work)

    async def find(self, session: str) -> Session | None:
        """A session that has neither expired nor ended."""

        async def work(client: BaseDBAsyncClient) -> SessionRow | None:
            return await SessionRow.get_or_none(id=session, expires_at__gte=self._clock.now())

        row = await run_query(self._database, work)
        return read_row(row, _session)

    async def all(self) -> tuple[Session, ...]:
        """Sessions that are alive, newest first."""

        async def work(client: BaseDBAsyncClient) -> list[SessionRow]:
            return await SessionRow.filter(expires_at__gte=self._clock.now()).order_by("-created_at", "id")

        return read_rows(await run_query(self._database, work), _session)

    async def any(self) -> bool:
        """Whether there is a session, alive or expired."""

        async def work(client: BaseDBAsyncClient) -> bool:
            return await SessionRow.all().exists()

        return await run_query(self._database, work)

    async def seen(self, session: str) -> None:
        """Note that a session was used just now."""

        async def work(client: BaseDBAsyncClient) -> None:
            await SessionRow.filter(id=session).update(last_seen_at=self._clock.now())

        await run_query(self._database, work)

    async def end(self, session: str) -> bool:
        """End one session. False when there was none."""

        async def work(client: BaseDBAsyncClient) -> int:
            return await SessionRow.filter(id=session).delete()

        return bool(await run_in_tx(self._database, work))

    async def end_all(self, *, but: str = "") -> int:
        """End all sessions except one; gives how many ended."""

        async def work(client: BaseDBAsyncClient) -> int:
            return await SessionRow.exclude(id=but).delete()

        return await run_in_tx(self._database, work)


def _session(row: SessionRow) -> Session:
    return fitting(row, Session)
