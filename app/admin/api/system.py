"""The process itself: how it does, its log, who changed what, its backups.

Never: a look that changes something, or waits for anything but the database.
"""

import asyncio
import platform
from pathlib import Path

from app import __version__
from app.admin.api.addons import AddonDesk
from app.admin.api.settings import CHANGES
from app.admin.refusals import Refused
from app.admin.schemas.system import (
    AddonSummary,
    AuditList,
    AuditQuery,
    AuditView,
    BackupList,
    BoundedStore,
    DatabaseView,
    LogPage,
    LogQuery,
    SystemView,
)
from app.gateway.parts import Gateway
from app.observe.process import resident_bytes
from app.observe.tail import KEPT
from app.settings.places import database_url, sqlite_file
from app.store import upkeep
from app.store.backups import Backup, backup_named, backups
from app.store.errors import StoreError


class SystemDesk:
    """Looks at the running gateway. `actor` is who asks, for the audit log."""

    def __init__(self, gateway: Gateway, addons: AddonDesk) -> None:
        self._gateway = gateway
        self._addons = addons
        self._url = database_url(gateway.settings)
        self._file = sqlite_file(self._url)

    async def view(self) -> SystemView:
        """How the process does now."""
        gateway = self._gateway
        late = gateway.housekeeping.loop.p99_s()
        return SystemView(
            version=__version__,
            python=platform.python_version(),
            started_at=gateway.started_at,
            uptime_s=max(0.0, gateway.clock.now() - gateway.started_at),
            loop_delay_ms=None if late is None else round(late * 1000, 1),
            running=gateway.runner.running,
            streams=gateway.floor.inside,
            most_streams=gateway.floor.most,
            waiting=sum(gateway.pool.waiting().values()),
            memory_bytes=resident_bytes(),
            troubles=gateway.troubles(),
            stores=self._stores(),
            database=await self._database(),
            addons=[
                AddonSummary(
                    name=one.name,
                    version=one.version,
                    enabled=one.enabled,
                    hooks=len(one.hooks),
                    errors=one.errors,
                )
                for one in self._addons.all().addons
            ],
        )

    def log(self, query: LogQuery) -> LogPage:
        """The newest lines of the log, secrets taken out."""
        lines = self._gateway.log_tail.newest(
            after=query.after, level=query.level, text=query.text, limit=query.limit
        )
        return LogPage(lines=list(lines), next=lines[-1].number if lines else query.after)

    def log_text(self) -> str:
        """All lines that are kept, as they went out."""
        return "".join(f"{line.text}\n" for line in self._gateway.log_tail.newest())

    async def audit(self, query: AuditQuery) -> AuditList:
        """A page of changes, newest first."""
        page = await self._gateway.store.audit.page(
            action=query.action, subject=query.subject, before=query.cursor, limit=query.limit
        )
        entries = [
            AuditView(
                id=one.id,
                at=one.at,
                actor=one.actor,
                action=one.action,
                subject=one.subject,
                detail=one.detail,
                can_undo=one.action in CHANGES,
            )
            for one in page.entries
        ]
        return AuditList(entries=entries, next=page.next)

    async def backups(self) -> BackupList:
        """The copies that lie beside the database, newest first."""
        if self._file is None:
            return BackupList(backups=[])
        return BackupList(backups=list(await asyncio.to_thread(backups, self._file)))

    async def back_up(self, actor: str) -> Backup:
        """A consistent copy, while everything goes on. Raises Refused."""
        try:
            path = await upkeep.back_up(self._url, None)
        except StoreError as exc:
            raise Refused(409, "backup_failed", str(exc)) from exc
        await self._gateway.store.audit.note(actor, "backup.create", path.name)
        return next(one for one in (await self.backups()).backups if one.name == path.name)

    async def backup(self, name: str, actor: str) -> Path:
        """The file of one copy, to be sent. Raises Refused."""
        path = await self._backup(name)
        await self._gateway.store.audit.note(actor, "backup.download", name)
        return path

    async def remove_backup(self, name: str, actor: str) -> None:
        """Forget a copy. Raises Refused."""
        path = await self._backup(name)
        await asyncio.to_thread(path.unlink, missing_ok=True)
        await self._gateway.store.audit.note(actor, "backup.remove", name)

    async def _backup(self, name: str) -> Path:
        found = None if self._file is None else await asyncio.to_thread(backup_named, self._file, name)
        if found is None:
            raise Refused(404, "not_found", "There is no backup of that name.")
        return found

    def _stores(self) -> list[BoundedStore]:
        gateway = self._gateway
        writer, books = gateway.store.writer.state, gateway.store.books.state
        return [
            BoundedStore(name="signatures", used=gateway.memory.size, most=gateway.memory.most),
            BoundedStore(name="keys", used=len(gateway.keys), most=None),
            BoundedStore(name="rows_waiting", used=writer.waiting, most=None, lost=books.rows_dropped),
            BoundedStore(name="log_lines", used=len(gateway.log_tail), most=KEPT, lost=gateway.log_dropped()),
        ]

    async def _database(self) -> DatabaseView:
        kept = self._gateway.housekeeping.settings.database
        failing = self._gateway.store.writer.state.failing_since
        copies = (await self.backups()).backups
        return DatabaseView(
            kind="postgres" if self._file is None and not self._url.startswith("sqlite") else "sqlite",
            size_bytes=None if self._file is None else await asyncio.to_thread(_size, self._file),
            log_retention_days=kept.log_retention_days,
            usage_retention_days=kept.usage_retention_days,
            failing_since_s=None if failing is None else self._gateway.clock.monotonic() - failing,
            newest_backup_at=copies[0].made_at if copies else None,
        )


def _size(database: Path) -> int:
    """With what SQLite has not moved into the file yet."""
    parts = (database, database.with_name(f"{database.name}-wal"))
    return sum(part.stat().st_size for part in parts if part.exists())
