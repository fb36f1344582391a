"""Client keys: stored as keyed hashes, found in memory.

A key is 256 random bits and is shown once. The database holds HMAC-SHA256(pepper, key), the beginning and
the last four characters. Never: the key itself, anywhere; a query for a key that is known.
"""

import hashlib
import hmac
from collections.abc import Sequence

import msgspec
from msgspec import Struct
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.expressions import Q

from app.allowance import UNLIMITED, Allowance
from app.clock import Clock
from app.ids import KeyId, random_token
from app.store.models import KeyRow
from app.store.tx import Database, run_in_tx, run_query
from app.store.writer import Writer

KEY_PREFIX = "sk-ag-"
_SHOWN_PREFIX = 9
_KEY_CHARACTERS = 43  # 62 ** 43 is just above 2 ** 256


class KeyRecord(Struct, frozen=True, kw_only=True):
    """A key as people may see it; `digest` finds it. `models` is None where every model is allowed."""

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

    def is_valid(self, now: float) -> bool:
        """Neither revoked nor expired."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


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

    async def create(
        self,
        name: str,
        *,
        models: frozenset[str] | None = None,
        expires_at: float | None = None,
        allowance: Allowance = UNLIMITED,
    ) -> FreshKey:
        """A new key."""
        secret = KEY_PREFIX + random_token(_KEY_CHARACTERS)
        now = self._clock.now()
        row = KeyRow(
            id="key_" + random_token(12),
            name=name,
            digest=self.digest(secret),
            prefix=secret[:_SHOWN_PREFIX],
            last4=secret[-4:],
            models=_models_text(models),
            created_at=now,
            changed_at=now,
            expires_at=expires_at,
            **msgspec.structs.asdict(allowance),
        )

        async def work(client: BaseDBAsyncClient) -> None:
            await row.save(force_create=True)

        await run_in_tx(self._database, work)
        return FreshKey(_record(row), secret)

    async def all(self) -> tuple[KeyRecord, ...]:
        """Every key, oldest first, revoked ones included."""
        return await self._read(Q())

    async def changed_since(self, epoch: float) -> tuple[KeyRecord, ...]:
        """Keys that were made or revoked at or after an instant."""
        return await self._read(Q(changed_at__gte=epoch))

    async def find_digest(self, digest: str) -> KeyRecord | None:
        """The key with that digest, valid or not."""
        return next(iter(await self._read(Q(digest=digest))), None)

    async def find_named(self, name_or_id: str) -> tuple[KeyRecord, ...]:
        """The key of that id, or all valid ones of that name."""
        return await self._read(Q(id=name_or_id) | Q(name=name_or_id, revoked_at__isnull=True))

    async def update(
        self,
        key: KeyId,
        *,
        name: str,
        models: frozenset[str] | None,
        expires_at: float | None,
        allowance: Allowance,
    ) -> KeyRecord | None:
        """Say anew what a key is called and may do; None when there is none."""
        changes = {
            "name": name,
            "models": _models_text(models),
            "expires_at": expires_at,
            "changed_at": self._clock.now(),
            **msgspec.structs.asdict(allowance),
        }

        async def work(client: BaseDBAsyncClient) -> KeyRow | None:
            await KeyRow.filter(id=key).update(**changes)
            return await KeyRow.get_or_none(id=key)

        row = await run_in_tx(self._database, work)
        return None if row is None else _record(row)

    async def revoke(self, key: KeyId) -> KeyRecord | None:
        """Make a key useless for good; None when there is none. A second time changes nothing."""

        async def work(client: BaseDBAsyncClient) -> KeyRow | None:
            now = self._clock.now()
            await KeyRow.filter(id=key, revoked_at__isnull=True).update(revoked_at=now, changed_at=now)
            return await KeyRow.get_or_none(id=key)

        row = await run_in_tx(self._database, work)
        return None if row is None else _record(row)

    async def _read(self, which: Q) -> tuple[KeyRecord, ...]:
        async def work(client: BaseDBAsyncClient) -> list[KeyRow]:
            return await KeyRow.filter(which).order_by("created_at", "id")

        return tuple(map(_record, await run_query(self._database, work)))


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


def _models_text(models: frozenset[str] | None) -> str | None:
    return None if models is None else msgspec.json.encode(sorted(models)).decode()


def _record(row: KeyRow) -> KeyRecord:
    return KeyRecord(
        id=KeyId(row.id),
        name=row.name,
        digest=row.digest,
        prefix=row.prefix,
        last4=row.last4,
        models=None if row.models is None else msgspec.json.decode(row.models, type=frozenset[str]),
        created_at=row.created_at,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
        last_used_at=row.last_used_at,
        allowance=Allowance(
            daily_tokens=row.daily_tokens,
            monthly_tokens=row.monthly_tokens,
            requests_per_minute=row.requests_per_minute,
            tokens_per_minute=row.tokens_per_minute,
        ),
    )
