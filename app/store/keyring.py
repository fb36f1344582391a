"""Who is behind a presented key, from memory.

All keys are in memory as digests. What changed is read again every 5 s, in the background; a key that is not
known is looked up once, since another process may just have made it. So a request with a known key never
waits for the database, and goes on working while the database is away.
"""

import asyncio
import hmac
from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

import structlog
from msgspec import Struct
from tortoise.exceptions import BaseORMException

from app.allowance import UNBOUND, UNLIMITED, Allowance, Terms
from app.clock import Clock
from app.errors import StoreUnavailable
from app.ids import KeyId
from app.store.keys import KeyRecord, StoredKeys
from app.store.tx import Closed

log = structlog.get_logger(__name__)

CallerT = TypeVar("CallerT")
MakeCaller = Callable[[KeyId, str, frozenset[str] | None, Allowance, Terms], CallerT]

API_KEY_ID = KeyId("api_key")
_LONGEST_KEY = 512
_REREAD_S = 5.0
_OVERLAP_S = 60.0  # clocks of processes on one machine may be set; what is read twice does no harm
_UNKNOWN_S = 5.0
_UNKNOWN_KEPT = 10_000
_USE_NOTED_S = 60.0


class _Known(Struct, Generic[CallerT]):
    """A key in memory. `used_at` is when its use was last passed on."""

    record: KeyRecord
    caller: CallerT
    used_at: float = 0.0


class KeyRing(Generic[CallerT]):
    """Finds callers.

    `make_caller` is called once per key and again when it has changed, `note_use` at most once a minute per
    key.
    """

    def __init__(
        self,
        keys: StoredKeys,
        clock: Clock,
        make_caller: MakeCaller[CallerT],
        *,
        api_key: str | None = None,
        note_use: Callable[[KeyId, float], None] | None = None,
    ) -> None:
        self._keys = keys
        self._clock = clock
        self._make_caller = make_caller
        self._note_use = note_use
        self._known: dict[str, _Known[CallerT]] = {}
        self._unknown: OrderedDict[str, float] = OrderedDict()
        self._read_at: float | None = None
        self._read_epoch = 0.0
        self._rereading: asyncio.Task[None] | None = None
        self._api_digest = None if api_key is None else keys.digest(api_key)
        self._api_caller = make_caller(API_KEY_ID, "API_KEY", None, UNLIMITED, UNBOUND)

    async def load(self) -> None:
        """Read all keys; at start. Afterwards the ring keeps itself fresh."""
        await self._reread()

    async def find(self, presented: str) -> CallerT | None:
        """The caller, or None for a key that is unknown or revoked. Waits only for a key not seen before.

        Whether a key has expired or is paused, its terms say. Raises StoreUnavailable when such a key
        cannot be looked up.
        """
        if not presented or len(presented) > _LONGEST_KEY:
            return None
        digest = self._keys.digest(presented)
        if self._api_digest is not None and hmac.compare_digest(digest, self._api_digest):
            return self._api_caller
        self._reread_when_stale()
        known = self._known.get(digest)
        if known is None and not self._is_unknown(digest):
            known = await self._look_up(digest)
        return self._valid(known)

    def take(self, record: KeyRecord) -> None:
        """Go by this record from now on; after a key was made, changed or revoked in this process."""
        self._remember(record)

    def __len__(self) -> int:
        return len(self._known)

    async def aclose(self) -> None:
        """Wait for a reading that is under way."""
        if self._rereading is not None:
            await asyncio.wait([self._rereading])

    def _valid(self, known: _Known[CallerT] | None) -> CallerT | None:
        if known is None or known.record.revoked_at is not None:
            return None
        now = self._clock.now()
        if self._note_use is not None and now - known.used_at >= _USE_NOTED_S:
            known.used_at = now
            self._note_use(known.record.id, now)
        return known.caller

    def _is_unknown(self, digest: str) -> bool:
        """Whether this key was looked up in vain a moment ago."""
        looked_up = self._unknown.get(digest)
        return looked_up is not None and self._clock.monotonic() - looked_up < _UNKNOWN_S

    async def _look_up(self, digest: str) -> _Known[CallerT] | None:
        try:
            record = await self._keys.find_digest(digest)
        except (BaseORMException, Closed) as exc:
            raise StoreUnavailable("The key cannot be checked just now; please try again.") from exc
        if record is None:
            self._remember_unknown(digest)
            return None
        return self._remember(record)

    def _remember(self, record: KeyRecord) -> _Known[CallerT]:
        known = self._known.get(record.digest)
        if known is not None and record.changed_at < known.record.changed_at:
            return known  # it was read before the change that is known already
        if known is None or _is_other_caller(known.record, record):
            caller = self._make_caller(record.id, record.name, record.models, record.allowance, record.terms)
            known = _Known(record, caller, known.used_at if known else 0.0)
            self._known[record.digest] = known
        known.record = record
        self._unknown.pop(record.digest, None)
        return known

    def _remember_unknown(self, digest: str) -> None:
        self._unknown[digest] = self._clock.monotonic()
        self._unknown.move_to_end(digest)
        if len(self._unknown) > _UNKNOWN_KEPT:
            self._unknown.popitem(last=False)

    def _reread_when_stale(self) -> None:
        is_fresh = self._read_at is not None and self._clock.monotonic() - self._read_at < _REREAD_S
        if is_fresh or (self._rereading is not None and not self._rereading.done()):
            return
        self._rereading = asyncio.create_task(self._reread_quietly(), name="read changed keys")

    async def _reread_quietly(self) -> None:
        try:
            await self._reread()
        except (BaseORMException, Closed) as exc:
            self._read_at = self._clock.monotonic()  # the next try comes after the usual time
            log.warning("changed keys could not be read; known keys go on working", why=str(exc))

    async def _reread(self) -> None:
        began_at, began_epoch = self._clock.monotonic(), self._clock.now()
        changed = await self._keys.changed_since(self._read_epoch - _OVERLAP_S)
        for record in changed:
            self._remember(record)
        self._read_at, self._read_epoch = began_at, began_epoch


def _is_other_caller(before: KeyRecord, now: KeyRecord) -> bool:
    return _caller_of(before) != _caller_of(now)


def _caller_of(record: KeyRecord) -> tuple[object, ...]:
    return record.name, record.models, record.allowance, record.terms
