"""Who changed what: a line for each thing that an operator does through the panel or its API.

Written with the change and read newest first. Never: secrets; what looks like one by its name is left out.
"""

from collections.abc import Mapping
from typing import Final

import msgspec
from msgspec import Struct
from tortoise.backends.base.client import BaseDBAsyncClient

from app.clock import Clock
from app.store.models import AuditRow
from app.store.records import plain_text
from app.store.tx import Database, run_in_tx, run_query

HIDDEN: Final = "***"
_SECRET_WORDS: Final = ("token", "secret", "password", "key", "cookie", "authorization", "credential")
_NOT_SECRET: Final = frozenset({"daily_tokens", "monthly_tokens", "tokens_per_minute", "key_id"})
_LONGEST_VALUE: Final = 500
_MOST_FIELDS: Final = 50
_PRUNED_AT_ONCE: Final = 500


class AuditEntry(Struct, frozen=True, kw_only=True):
    """One change. `detail` holds what was said of it, as texts and numbers by name."""

    id: int
    at: float
    actor: str
    action: str
    subject: str
    detail: dict[str, object]


class AuditPage(Struct, frozen=True, kw_only=True):
    """Some changes, newest first; `next` leads on, None at the end."""

    entries: tuple[AuditEntry, ...]
    next: int | None


class AuditLog:
    """Notes changes, and reads what was noted."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def note(
        self, actor: str, action: str, subject: str = "", detail: Mapping[str, object] | None = None
    ) -> None:
        """Write down that `actor` did `action` to `subject` just now."""

        async def work(client: BaseDBAsyncClient) -> None:
            await AuditRow.create(
                at=self._clock.now(),
                actor=plain_text(actor, 128),
                action=plain_text(action, 64),
                subject=plain_text(subject, 200),
                detail=msgspec.json.encode(_redacted(detail or {})).decode(),
            )

        await run_in_tx(self._database, work)

    async def page(
        self, *, action: str = "", subject: str = "", before: int | None = None, limit: int = 50
    ) -> AuditPage:
        """At most `limit` changes that are older than the entry `before`, of actions that begin so."""

        async def work(client: BaseDBAsyncClient) -> list[AuditRow]:
            rows = AuditRow.all() if before is None else AuditRow.filter(id__lt=before)
            for name, value in (("action__startswith", action), ("subject", subject)):
                rows = rows.filter(**{name: value}) if value else rows
            return await rows.order_by("-id").limit(limit + 1)

        rows = await run_query(self._database, work)
        entries = tuple(map(_entry, rows[:limit]))
        return AuditPage(entries=entries, next=entries[-1].id if len(rows) > limit else None)

    async def prune(self, before: float) -> int:
        """Forget what was noted before an instant; gives how many. Short transactions."""

        async def work(client: BaseDBAsyncClient) -> int:
            old = AuditRow.filter(at__lt=before).order_by("at").limit(_PRUNED_AT_ONCE)
            names = list(await old.values_list("id", flat=True))
            return await AuditRow.filter(id__in=names).delete() if names else 0

        total = 0
        while pruned := await run_in_tx(self._database, work):
            total += pruned
        return total


def _entry(row: AuditRow) -> AuditEntry:
    return AuditEntry(
        id=row.id,
        at=row.at,
        actor=row.actor,
        action=row.action,
        subject=row.subject,
        detail=msgspec.json.decode(row.detail, type=dict[str, object]),
    )


def _redacted(detail: Mapping[str, object]) -> dict[str, object]:
    return {
        plain_text(name, 64): HIDDEN if _is_secret(name) else _shown(value)
        for name, value in list(detail.items())[:_MOST_FIELDS]
    }


def _is_secret(name: str) -> bool:
    return name not in _NOT_SECRET and any(word in name.lower() for word in _SECRET_WORDS)


def _shown(value: object) -> object:
    """A value short enough to keep. What is inside another value is redacted like what is outside."""
    if isinstance(value, bool | int | float) or value is None:
        return value
    if isinstance(value, Mapping):
        return _redacted({str(name): inner for name, inner in value.items()})
    if isinstance(value, list | tuple | set | frozenset):
        return [_shown(one) for one in list(value)[:_MOST_FIELDS]]
    return plain_text(str(value), _LONGEST_VALUE)
