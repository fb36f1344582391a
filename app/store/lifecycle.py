"""Opening and closing the store, and what belongs to it in between.

Two ways to open it. `serve` has the SQLite file to itself among gateways, checks it, brings the tables up to
date, and replays the usage journal. Short commands open it as guests, beside a running gateway.
Never: a query on the way of a warm request.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import structlog
from msgspec import Struct

from app.clock import Clock, SystemClock
from app.settings.places import sqlite_file
from app.store import file, migrate, vault
from app.store.accounts import StoredAccounts
from app.store.attempts import AttemptReader
from app.store.audit import AuditLog
from app.store.backfill import Backfill
from app.store.books import Books
from app.store.connect import connect
from app.store.errors import StoreError, StoreLocked
from app.store.grains import DAY_S
from app.store.history import History
from app.store.journal import Journal
from app.store.keys import KeyUses, StoredKeys
from app.store.knobs import StoredKnobs
from app.store.lock import FileLock
from app.store.logs import StoredFlows
from app.store.pool_state import StoredPoolState
from app.store.prune import prune_rollups
from app.store.refreshes import StoredRefreshes
from app.store.seal import Seal
from app.store.sessions import StoredSessions
from app.store.signatures import StoredSignatures
from app.store.trouble import Trouble
from app.store.tx import Database
from app.store.usage import StoredUsage
from app.store.usage_reader import UsageReader
from app.store.writer import Writer

log = structlog.get_logger(__name__)

_UPGRADE_WAIT_S = 30.0
_DAY_MINUTES = 24 * 60
_COUNTED_DAYS = 2
_JOURNAL_FOLDER = "usage-journal"


class StoreOptions(Struct, frozen=True, kw_only=True):
    """What else matters for a store.

    `instance` names this gateway among several on one database. `folder` is where the usage journal lies when
    the database is not a file; without it there is none then.
    """

    flush_s: float = 0.5
    batch_rows: int = 200
    instance: str = "main"
    folder: Path | None = None


DEFAULT_OPTIONS = StoreOptions()


class Store:
    """An open store. Use `Store.open` and `close`, or `opened`."""

    def __init__(
        self,
        database: Database,
        seal: Seal,
        pepper: bytes,
        clock: Clock,
        options: StoreOptions,
        journal: Journal | None = None,
    ) -> None:
        self.database = database
        self.options = options
        self.clock = clock
        self.writer = Writer(database, clock, flush_s=options.flush_s, batch_rows=options.batch_rows)
        self.books = Books(self.writer, journal, clock, instance=options.instance)
        self.accounts = StoredAccounts(database, seal, clock)
        self.keys = StoredKeys(database, pepper, clock)
        self.key_uses = KeyUses(self.writer)
        self.flows = StoredFlows(database)
        self.attempts = AttemptReader(database)
        self.usage = StoredUsage(database)
        self.usage_reader = UsageReader(database)
        self.backfill = Backfill(database)
        self.history = History(database, self.writer, clock)
        self.audit = AuditLog(database, clock)
        self.signatures = StoredSignatures(database, seal, self.writer)
        self.knobs = StoredKnobs(database, clock)
        self.sessions = StoredSessions(database, clock)
        self.pool_state = StoredPoolState(database, clock)
        self.refreshes = StoredRefreshes(database, clock)
        self._seal = seal
        self._lock: FileLock | None = None

    @classmethod
    async def open(
        cls,
        url: str,
        seal: Seal,
        *,
        serving: bool = False,
        clock: Clock | None = None,
        options: StoreOptions = DEFAULT_OPTIONS,
    ) -> "Store":
        """Open the store at `url`, with tables up to date. Raises StoreError and its kin.

        `serving`: as the one gateway of this file, after a check of it. Only then are books written.
        """
        path = sqlite_file(url)
        lock = await _taken(path) if serving and path is not None else None
        try:
            store = await cls._opened(url, seal, clock or SystemClock(), options, serving=serving)
        except BaseException:
            if lock is not None:
                lock.release()
            raise
        store._lock = lock
        return store

    @classmethod
    async def _opened(
        cls, url: str, seal: Seal, clock: Clock, options: StoreOptions, *, serving: bool
    ) -> "Store":
        path = sqlite_file(url)
        if path is not None:
            await asyncio.to_thread(file.prepare, path)
            if serving:
                await asyncio.to_thread(file.check, path)
                _warn_of_old_sqlite()
        database = await connect(url, is_guest=not serving)
        try:
            await brought_up_to_date(database, path, is_guest=not serving)
            pepper = await vault.secret(database, seal, vault.KEY_PEPPER)
            journal = _journal(path, options, clock) if serving else None
            store = cls(database, seal, pepper, clock, options, journal)
            if serving:
                await store._begin(journal)
        except BaseException:
            await database.close()
            raise
        return store

    async def _begin(self, journal: Journal | None) -> None:
        """Take over what earlier processes left, then start to write."""
        try:
            # Usually all there is to do. A long past is left to a job, so that nobody waits for it.
            await self.backfill.step()
            await self.books.replay()
        except (Trouble, OSError) as exc:
            raise StoreError(f"The usage journal cannot be brought into the database: {exc}.") from exc
        if interrupted := await self.flows.interrupt(self.options.instance):
            log.warning("requests were running when the gateway last ended", flows=interrupted)
        await self.reseal()
        if journal is not None:
            journal.start()
        self.writer.start()

    async def reseal(self) -> int:
        """Seal everything again that an older key sealed; gives how many values."""
        return await vault.reseal(self.database, self._seal) + await self.accounts.reseal()

    async def prune(self, *, log_days: int, usage_days: int) -> int:
        """Forget rows that are older than so many days, 0 keeps them; gives how many."""
        now = self.clock.now()
        minute = int(now // 60)
        pruned = 0
        if log_days:
            pruned += await self.flows.prune(minute - log_days * _DAY_MINUTES)
            pruned += await self.history.prune(events_before=now - log_days * DAY_S)
        if usage_days:
            pruned += await self.usage.prune(minute - usage_days * _DAY_MINUTES)
            pruned += await self.audit.prune(now - usage_days * DAY_S)
        pruned += await prune_rollups(self.database, now, usage_days=usage_days)
        if not self.books.has_backlog:
            pruned += await self.usage.forget_counted(minute - _COUNTED_DAYS * _DAY_MINUTES)
        return pruned

    async def close(self) -> None:
        """Write what waits, let everything under way end, close the database, let the file go."""
        try:
            await self.writer.close()
            await self.books.close()
        finally:
            await self.database.close()
            if self._lock is not None:
                self._lock.release()


@asynccontextmanager
async def opened(
    url: str,
    seal: Seal,
    *,
    serving: bool = False,
    clock: Clock | None = None,
    options: StoreOptions = DEFAULT_OPTIONS,
) -> AsyncIterator[Store]:
    """A store that is closed at the end of the block."""
    store = await Store.open(url, seal, serving=serving, clock=clock, options=options)
    try:
        yield store
    finally:
        await store.close()


async def is_served(url: str) -> bool:
    """Whether a gateway is running on the file at `url`; False for what is no file."""
    path = sqlite_file(url)
    if path is None or not path.exists():
        return False
    try:
        (await _taken(path)).release()
    except StoreLocked:
        return True
    return False


def _journal(path: Path | None, options: StoreOptions, clock: Clock) -> Journal | None:
    folder = options.folder if path is None else path.parent
    if folder is None:
        return None
    try:
        return Journal(folder / _JOURNAL_FOLDER, clock)
    except OSError as exc:
        raise StoreError(f"The usage journal in {folder} cannot be opened: {exc.strerror}.") from exc


async def _taken(path: Path) -> FileLock:
    await asyncio.to_thread(file.prepare, path)
    try:
        return await asyncio.to_thread(FileLock.take, _beside(path, ".lock"), wait_s=0.0)
    except StoreLocked as exc:
        raise StoreLocked(f"Another gateway is running on the database {path}; stop it first.") from exc


async def brought_up_to_date(database: Database, path: Path | None, *, is_guest: bool) -> tuple[str, ...]:
    """Apply pending migrations, one process at a time; gives their names.

    A database that is up to date is not written to, and none is changed under a running gateway.
    """
    status = await migrate.schema_status(database)
    if not status.pending and not status.unknown:
        return ()
    async with _turn(path, is_guest=is_guest):
        applied = await migrate.upgrade(database)
    if applied:
        log.info("the database was brought up to date", migrations=", ".join(applied))
    return applied


@asynccontextmanager
async def _turn(path: Path | None, *, is_guest: bool) -> AsyncIterator[None]:
    """The right to change the tables of a file."""
    if path is None:
        yield
        return
    gateway = await _taken(path) if is_guest else None
    try:
        turn = await asyncio.to_thread(FileLock.take, _beside(path, ".upgrade-lock"), wait_s=_UPGRADE_WAIT_S)
    except StoreLocked as exc:
        raise StoreError(f"Another process has been upgrading the database {path} for too long.") from exc
    finally:
        if gateway is not None:
            gateway.release()
    try:
        yield
    finally:
        turn.release()


def _beside(path: Path, suffix: str) -> Path:
    return path.with_name(path.name + suffix)


def _warn_of_old_sqlite() -> None:
    if file.has_wal_bug():
        log.warning(
            "this SQLite can damage a database that two processes write at the same instant; "
            "update it to 3.51.3, and keep short commands few while the gateway runs"
        )
