"""Tries as their account sees them, whichever requests they were for, newest first. Changes nothing."""

from msgspec import Struct
from tortoise.backends.base.client import BaseDBAsyncClient

from app.ids import AccountId, FlowId
from app.store.models import AttemptRow
from app.store.tx import Database, run_query


class AttemptSight(Struct, frozen=True, kw_only=True):
    """One try of a request. `code` and `kind` are those of its error, "" when it served."""

    flow: FlowId
    number: int
    started_at: float
    duration_ms: int
    code: str
    kind: str
    status: int | None


class AttemptReader:
    """Reads the tries of accounts."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, account: AccountId, since: float, limit: int = 50) -> tuple[AttemptSight, ...]:
        """At most `limit` tries on an account since an instant."""

        async def work(client: BaseDBAsyncClient) -> list[AttemptRow]:
            rows = AttemptRow.filter(account=account, started_at__gte=since)
            return await rows.order_by("-started_at").limit(limit)

        return tuple(map(_sight, await run_query(self._database, work)))

    async def counted(self, account: AccountId, since: float) -> tuple[int, int]:
        """How many tries there were since an instant, and how many of them failed."""

        async def work(client: BaseDBAsyncClient) -> tuple[int, int]:
            rows = AttemptRow.filter(account=account, started_at__gte=since)
            total = await rows.count()
            return total, total - await rows.filter(code="").count()

        return await run_query(self._database, work)


def _sight(row: AttemptRow) -> AttemptSight:
    return AttemptSight(
        flow=FlowId(row.flow),
        number=row.number,
        started_at=row.started_at,
        duration_ms=row.duration_ms,
        code=row.code,
        kind=row.kind,
        status=row.status,
    )
