"""Client keys: stored as keyed hashes, found in memory.

A key is 256 random bits and is shown once. The database holds HMAC-SHA256(pepper, key), the beginning and
the last four characters. Never: the key itself, anywhere; a query for a key that is known.
"""

import hashlib
import hmac
from collections.abc import Sequence
from typing import Any, Literal, TypeAlias, TypedDict, Unpack

import msgspec
from msgspec import Struct
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.expressions import Q

from app.allowance import UNLIMITED, Allowance, Terms
from app.clock import Clock
from app.ids import KeyId, random_token
from app.networks import networks_of
from app.store.models import KeyRow
from app.store.rows import fitting, read_row, read_rows
from app.store.tx import Database, run_in_tx, run_query
from app.store.writer import Writer

KEY_PREFIX = "sk-ag-"
_SHOWN_PREFIX = 9
_SHORTEST_S = 3600.0
_KEY_CHARACTERS = 43  # 62 ** 43 is just above 2 ** 256


KeyStanding: TypeAlias = Literal["active", "paused", "expired", "revoked"]


class KeyTerms(TypedDict, total=False):
    """What may be said of a key beside its name."""

    note: str
    models: frozenset[str] | None
    expires_at: float | None
    paused: bool
    addresses: tuple[str, ...] | None
    allowance: Allowance


class KeyChanges(KeyTerms, total=False):
    """What may be said anew of a key; what is left out stays as it is."""

    name: str


class KeyRecord(Struct, frozen=True, kw_only=True):
    """A key as people may see it; `digest` finds it. `models` is None where every model is allowed.

    `addresses` are addresses and CIDR blocks as they were written, None where it may come from everywhere.
    """

    id: KeyId
    name: str
    digest: str
    prefix: str
    last4: str
    models: frozenset[str] | None
    created_at: float
    expires_at: float | None
    revoked_at: float | None
    last_used_at: float | None
    allowance: Allowance = UNLIMITED
    changed_at: float = 0.0
    note: str = ""
    paused: bool = False
    addresses: tuple[str, ...] | None = None

    @property
    def terms(self) -> Terms:
        """When and from where it may be used. Raises ValueError for addresses that are none."""
        networks = None if self.addresses is None else networks_of(self.addresses)
        return Terms(paused=self.paused, expires_at=self.expires_at, networks=networks)

    def is_valid(self, now: float) -> bool:
        """Neither revoked nor expired."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)

    def standing(self, now: float) -> KeyStanding:
        """How it stands, in a word."""
        if self.revoked_at is not None:
            return "revoked"
        if not self.is_valid(now):
            return "expired"
        return "paused" if self.paused else "active"


class FreshKey(Struct, frozen=True):
    """A key that was just made: the only time that `secret` exists outside a client."""

    record: KeyRecord
    secret: str

    def __repr__(self) -> str:
        return f"FreshKey({self.record!r}, ***)"


class StoredKeys:
    """Reads and changes keys in the database."""

    def __init__(self, database: Database, pepper: bytes, clock: Clock) -> None:
        self._database = database
        self._pepper = pepper
        self._clock = clock

    def digest(self, presented: str) -> str:
        """What a key is stored as and found by."""
        return hmac.digest(self._pepper, presented.encode("utf-8", "surrogatepass"), hashlib.sha256).hex()

    async def create(self, name: str, **terms: Unpack[KeyTerms]) -> FreshKey:
        """A new key, without limits but those named. Raises ValueError for addresses that are none."""
        row, secret = self._made(name, terms)

        async def work(client: BaseDBAsyncClient) -> None:
            await row.save(force_create=True)

        await run_in_tx(self._database, work)
        return FreshKey(_record(row), secret)

    async def rotate(self, old: KeyRecord, *, keep_s: float) -> tuple[FreshKey, KeyRecord]:
        """A new key that may do the same, and the old one, which ends after so many seconds at the latest."""
        now = self._clock.now()
        row, secret = self._made(
            old.name,
            KeyTerms(
                note=old.note,
                models=old.models,
                expires_at=_end_of_successor(old, now),
                addresses=old.addresses,
                allowance=old.allowance,
            ),
        )
        ends_at = now + keep_s if old.expires_at is None else min(now + keep_s, old.expires_at)
        ends: dict[str, Any] = {"expires_at": ends_at} if keep_s else {"revoked_at": now}

        async def work(client: BaseDBAsyncClient) -> KeyRow:
            await row.save(force_create=True)
            await KeyRow.filter(id=old.id).update(**ends, changed_at=now)
            return await KeyRow.get(id=old.id)

        ended = await run_in_tx(self._database, work)
        return FreshKey(_record(row), secret), _record(ended)

    def _made(self, name: str, terms: KeyTerms) -> tuple[KeyRow, str]:
        """A row that is not stored yet, and its key."""
        secret = KEY_PREFIX + random_token(_KEY_CHARACTERS)
        now = self._clock.now()
        row = KeyRow(
            id="key_" + random_token(12),
            name=name,
            digest=self.digest(secret),
            prefix=secret[:_SHOWN_PREFIX],
            last4=secret[-4:],
            created_at=now,
            changed_at=now,
            **_columns(_NEW | terms),
        )
        return row, secret

    async def all(self) -> tuple[KeyRecord, ...]:
        """Every key, oldest first, revoked ones included."""
        return await self._read(Q())

    async def changed_since(self, epoch: float) -> tuple[KeyRecord, ...]:
        """Keys that were made or revoked at or after an instant."""
        return await self._read(Q(changed_at__gte=epoch))

    async def find(self, key: KeyId) -> KeyRecord | None:
        """The key of that id."""
        return next(iter(await self._read(Q(id=key))), None)

    async def find_digest(self, digest: str) -> KeyRecord | None:
        """The key with that digest, valid or not."""
        return next(iter(await self._read(Q(digest=digest))), None)

    async def find_named(self, name_or_id: str) -> tuple[KeyRecord, ...]:
        """The key of that id, or all valid ones of that name."""
        return await self._read(Q(id=name_or_id) | Q(name=name_or_id, revoked_at__isnull=True))

    async def update(self, key: KeyId, **changes: Unpack[KeyChanges]) -> KeyRecord | None:
        """Say anew what a key is called and may do; None when there is none.

        Raises ValueError for addresses that are none.
        """
        columns = _columns(changes) | {"changed_at": self._clock.now()}

        async def work(client: BaseDBAsyncClient) -> KeyRow | None:
            await KeyRow.filter(id=key).update(**columns)
            return await KeyRow.get_or_none(id=key)

        return read_row(await run_in_tx(self._database, work), _record)

    async def revoke(self, key: KeyId) -> KeyRecord | None:
        """Make a key useless for good; None when there is none. A second time changes nothing."""

        async def work(client: BaseDBAsyncClient) -> KeyRow | None:
            now = self._clock.now()
            await KeyRow.filter(id=key, revoked_at__isnull=True).update(revoked_at=now, changed_at=now)
            return await KeyRow.get_or_none(id=key)

        row = await run_in_tx(self._database, work)
        return read_row(row, _record)

    async def _read(self, which: Q) -> tuple[KeyRecord, ...]:
        async def work(client: BaseDBAsyncClient) -> list[KeyRow]:
            return await KeyRow.filter(which).order_by("created_at", "id")

        return read_rows(await run_query(self._database, work), _record)


class KeyUses:
    """When keys were last used: a shelf of the writer, by key id. The newest use wins."""

    name = "key uses"
    max_waiting = 10_000

    def __init__(self, writer: Writer) -> None:
        self._writer = writer

    def note(self, key: KeyId, epoch: float) -> None:
        """A key was used; for KeyRing."""
        self._writer.put(self, key, (key, epoch))

    async def write(self, client: BaseDBAsyncClient, rows: Sequence[tuple[KeyId, float]]) -> None:
        """Write uses inside a transaction; for the writer."""
        for key, epoch in rows:
            await KeyRow.filter(id=key).update(last_used_at=epoch)

    def left(self, rows: Sequence[tuple[KeyId, float]]) -> None:
        """Nobody waits for these."""


_NEW = KeyTerms(note="", models=None, expires_at=None, paused=False, addresses=None, allowance=UNLIMITED)


def _end_of_successor(old: KeyRecord, now: float) -> float | None:
    """The same as before, or the same span again for a key whose own is over."""
    if old.expires_at is None or old.expires_at > now:
        return old.expires_at
    return now + max(_SHORTEST_S, old.expires_at - old.created_at)


def _columns(changes: KeyTerms) -> dict[str, Any]:
    """The columns that hold what is said of a key."""
    columns: dict[str, Any] = dict(changes)
    if (models := changes.get("models")) is not None:
        columns["models"] = _json(sorted(models))
    if (addresses := changes.get("addresses")) is not None:
        networks_of(addresses)
        columns["addresses"] = _json(addresses)
    if (allowance := columns.pop("allowance", None)) is not None:
        columns |= msgspec.structs.asdict(allowance)
    return columns


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


class _Columns(Struct, frozen=True):
    """What a row must hold, beside its allowance."""

    id: KeyId
    name: str
    digest: str
    prefix: str
    last4: str
    models: str | None
    created_at: float
    expires_at: float | None
    revoked_at: float | None
    last_used_at: float | None
    changed_at: float
    note: str
    paused: bool
    addresses: str | None


def _record(row: KeyRow) -> KeyRecord:
    """Raises ValueError or its kin, for a row that is none of ours: its key is then not valid."""
    columns = msgspec.structs.asdict(fitting(row, _Columns))
    models, addresses = columns.pop("models"), columns.pop("addresses")
    record = KeyRecord(
        **columns,
        models=None if models is None else msgspec.json.decode(models, type=frozenset[str]),
        addresses=None if addresses is None else msgspec.json.decode(addresses, type=tuple[str, ...]),
        allowance=fitting(row, Allowance),
    )
    networks_of(record.addresses or ())
    return record
