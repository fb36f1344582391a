"""Thought signatures at rest: written behind, read at start. Implements app.signatures.SignatureSink.

Values hold thoughts, so they are sealed. Losing one costs a thought, never a request; so a full shelf drops.
"""

from collections.abc import AsyncIterator, Sequence

from tortoise.backends.base.client import BaseDBAsyncClient

from app.signatures import StoredEntry
from app.store.errors import SealBroken
from app.store.models import SignatureRow
from app.store.seal import Seal, place
from app.store.tx import Database, run_in_tx, run_query
from app.store.upsert import Upsert
from app.store.writer import Writer

_COLUMNS = ("id", "payload", "seen_at")
_SAVE = Upsert(SignatureRow, _COLUMNS, replace=_COLUMNS[1:])
_AT_ONCE = 500


class StoredSignatures:
    """The sink of a signature memory, and what fills a fresh one."""

    name = "signatures"
    max_waiting = 20_000

    def __init__(self, database: Database, seal: Seal, writer: Writer) -> None:
        self._database = database
        self._seal = seal
        self._writer = writer

    def save(self, entries: list[StoredEntry]) -> None:
        """Take entries that are new or were used."""
        for entry in entries:
            self._writer.put(self, entry.key, entry)

    async def saved_since(self, epoch: float) -> AsyncIterator[list[StoredEntry]]:
        """Entries that were saved at or after an instant, oldest first, in pieces.

        What does not open any more is left out.
        """
        last = (epoch, "")
        while rows := await self._page(*last):
            last = (rows[-1].seen_at, rows[-1].id)
            yield [entry for row in rows if (entry := self._entry(row)) is not None]

    async def prune(self, before_epoch: float) -> int:
        """Forget what was saved before an instant; gives how many. Short transactions."""

        async def work(client: BaseDBAsyncClient) -> int:
            old = SignatureRow.filter(seen_at__lt=before_epoch).limit(_AT_ONCE)
            names = list(await old.values_list("id", flat=True))
            return await SignatureRow.filter(id__in=names).delete() if names else 0

        total = 0
        while pruned := await run_in_tx(self._database, work):
            total += pruned
        return total

    async def write(self, client: BaseDBAsyncClient, rows: Sequence[StoredEntry]) -> None:
        """Write entries inside a transaction; for the writer."""
        await _SAVE.write(client, [(row.key, self._sealed(row), row.saved_at) for row in rows])

    def left(self, rows: Sequence[StoredEntry]) -> None:
        """Nobody waits for these."""

    async def _page(self, seen_at: float, after: str) -> list[SignatureRow]:
        async def work(client: BaseDBAsyncClient) -> list[SignatureRow]:
            same = await SignatureRow.filter(seen_at=seen_at, id__gt=after).order_by("id").limit(_AT_ONCE)
            if same:
                return same
            later = SignatureRow.filter(seen_at__gt=seen_at).order_by("seen_at", "id")
            return await later.limit(_AT_ONCE)

        return await run_query(self._database, work)

    def _sealed(self, entry: StoredEntry) -> bytes:
        return self._seal.seal_bytes(entry.value, place("signatures", entry.key, "payload"))

    def _entry(self, row: SignatureRow) -> StoredEntry | None:
        try:
            value = self._seal.open_bytes(row.payload, place("signatures", row.id, "payload"))
        except SealBroken:
            return None
        return StoredEntry(row.id, value, row.seen_at)
