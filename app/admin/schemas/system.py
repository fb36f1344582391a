"""The process as the admin API shows it: how it does, what it logged, who changed what, its backups."""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Struct

from app.observe.tail import LogLine
from app.store.backups import Backup


class BoundedStore(Struct, frozen=True, kw_only=True):
    """Something in memory that cannot grow without end. `most` is None where only the database bounds it;
    `lost` counts what found no room since the start."""

    name: str
    used: int
    most: int | None
    lost: int = 0


class DatabaseView(Struct, frozen=True, kw_only=True):
    """The database. `size_bytes` is only known of a file.

    `failing_since_s` is for how long it has refused rows, None while it takes them.
    """

    kind: Literal["sqlite", "postgres"]
    size_bytes: int | None
    log_retention_days: int
    usage_retention_days: int
    failing_since_s: float | None
    newest_backup_at: float | None


class AddonSummary(Struct, frozen=True, kw_only=True):
    """One addon in a line."""

    name: str
    version: str
    enabled: bool
    hooks: int
    errors: int


class SystemView(Struct, frozen=True, kw_only=True):
    """How the process does.

    `loop_delay_ms` is what 99 of 100 looks at the event loop in the last minute were no later than, None
    before the first. `running` requests have not ended, `streams` of them were admitted, `waiting` of those
    stand in line for an account. `memory_bytes` is None where the system does not tell. `troubles` are words
    for what keeps the gateway from working as it should.
    """

    version: str
    python: str
    started_at: float
    uptime_s: float
    loop_delay_ms: float | None
    running: int
    streams: int
    most_streams: int
    waiting: int
    memory_bytes: int | None
    troubles: list[str]
    stores: list[BoundedStore]
    database: DatabaseView
    addons: list[AddonSummary]


class LogQuery(Struct, frozen=True, kw_only=True):
    """Which lines: those behind number `after`, so severe at least, and with a text in them."""

    after: Annotated[int, msgspec.Meta(ge=0, le=2**62)] = 0
    level: Literal["debug", "info", "warning", "error"] = "debug"
    text: Annotated[str, msgspec.Meta(max_length=200)] = ""
    limit: Annotated[int, msgspec.Meta(ge=1, le=2000)] = 200


class LogPage(Struct, frozen=True, kw_only=True):
    """Lines, oldest first. Ask again with `next` as `after` for those that came since."""

    lines: list[LogLine]
    next: int


class AuditQuery(Struct, frozen=True, kw_only=True):
    """Which changes: of actions that begin so, of one subject. A page goes on behind `cursor`."""

    action: Annotated[str, msgspec.Meta(max_length=64)] = ""
    subject: Annotated[str, msgspec.Meta(max_length=200)] = ""
    cursor: Annotated[int, msgspec.Meta(ge=0, le=2**62)] | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=200)] = 50


class AuditView(Struct, frozen=True, kw_only=True):
    """One change. `can_undo`: it is of a setting, and can be taken back."""

    id: int
    at: float
    actor: str
    action: str
    subject: str
    detail: dict[str, Any]
    can_undo: bool


class AuditList(Struct, frozen=True, kw_only=True):
    """A page of changes, newest first."""

    entries: list[AuditView]
    next: int | None


class BackupList(Struct, frozen=True, kw_only=True):
    """Copies of the database, newest first."""

    backups: list[Backup]
