"""Memory of what the upstream signed, so that it can be replayed when a client forgets.

Four indexes on one bounded store: by call id, by thinking text, by message, by signature. Everything is
scoped to one tenant and one model family, except that a signature tells which family minted it. Signatures
are opaque: what goes out again is always the exact string that came.
Source: anthropic.md 9.2 and 9.3, openai.md 6.
Never: I/O, a clock of its own, or anything that a client claimed.
"""

import base64
import binascii
import hashlib
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable
from typing import Final, Literal, Protocol, TypeAlias

import msgspec
from msgspec import Struct

from app.catalog.profile import Family

Place: TypeAlias = Literal["thought", "call", "text"]
"""The kind of part that a signature was minted on."""

SENTINEL: Final = "skip_thought_signature_validator"
"""Stands for a signature where Gemini is not to check one; means nothing else anywhere."""

LONGEST: Final = 1024 * 1024
"""Signatures over this many characters are not remembered."""

_RESAVE_S: Final = 3600.0
"""How stale a saved instant may be before use of an entry is saved again, in seconds."""

_TO_STANDARD: Final = str.maketrans("-_", "+/", "= \t\r\n")


class SignedThought(Struct, frozen=True, array_like=True):
    """A thought as the upstream gave it; without signature if none ever came."""

    text: str
    signature: str | None = None


class Entry(Struct, frozen=True, array_like=True):
    """What one message was made of, apart from what its reader saw.

    `call` is a digest of the call's name and arguments, empty for entries by message.
    """

    family: Family
    thoughts: tuple[SignedThought, ...] = ()
    call_signature: str | None = None
    no_thinking: bool = False
    call: str = ""

    @property
    def signed(self) -> tuple[SignedThought, ...]:
        """The thoughts that can be replayed: blank ones would be refused."""
        return tuple(thought for thought in self.thoughts if thought.signature and thought.text.strip())


class Origin(Struct, frozen=True, array_like=True):
    """Where a signature comes from. `exact` is the string as the upstream spelled it."""

    family: Family
    place: Place
    exact: str
    text: str = ""


class StoredEntry(Struct, frozen=True):
    """One entry at rest. `key` is a digest, `value` opaque, `saved_at` epoch seconds."""

    key: str
    value: bytes
    saved_at: float


class SignatureSink(Protocol):
    """Where entries are written behind; never waits, may drop."""

    def save(self, entries: list[StoredEntry]) -> None:
        """Take entries that are new or were used."""
        ...


class Mine(Struct, frozen=True):
    """Whose memory: the key that asked, the family that answers, the conversation."""

    tenant: str
    family: Family
    session: str = ""


class _Kept(Struct):
    value: bytes
    used_at: float
    saved_at: float


class SignatureMemory:
    """The store: least recently used out first, gone after `ttl_s` seconds without use.

    `limit` counts entries, `max_bytes` their content. `now` gives epoch seconds.
    """

    def __init__(
        self,
        limit: int = 50_000,
        ttl_s: float = 86_400.0,
        *,
        now: Callable[[], float],
        sink: SignatureSink | None = None,
        max_bytes: int = 256 * 1024 * 1024,
    ) -> None:
        self._limit = limit
        self._ttl_s = ttl_s
        self._now = now
        self._sink = sink
        self._max_bytes = max_bytes
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._bytes = 0

    @property
    def size(self) -> int:
        """How many entries there are."""
        return len(self._kept)

    @property
    def most(self) -> int:
        """How many entries there may be."""
        return self._limit

    def recall(self, mine: Mine) -> "Recall":
        """A view for reading on behalf of one request."""
        return Recall(self, mine)

    def learn(self, facts: Iterable[tuple[str, Entry | Origin | str]]) -> None:
        """Remember, and hand on to the sink. Keys come from the functions below."""
        now = self._now()
        fresh: list[StoredEntry] = []
        for key, fact in facts:
            value = _ENCODE(fact)
            known = self._kept.get(key)
            if known is not None and known.value == value and now - known.saved_at < _RESAVE_S:
                known.used_at = now
                self._kept.move_to_end(key)
                continue
            self._put(key, value, now)
            fresh.append(StoredEntry(key, value, now))
        self._trim()
        if fresh and self._sink is not None:
            self._sink.save(fresh)

    def restore(self, entries: Iterable[StoredEntry]) -> None:
        """Take back what was at rest; what was used in this process already stays as it is."""
        now = self._now()
        for entry in sorted(entries, key=lambda stored: stored.saved_at):
            if entry.key not in self._kept and now - entry.saved_at < self._ttl_s:
                self._put(entry.key, entry.value, entry.saved_at)
        self._trim()

    def evict(self, keys: Collection[str]) -> None:
        """Forget. For entries that the upstream would not have."""
        for key in keys:
            if kept := self._kept.pop(key, None):
                self._bytes -= len(kept.value)

    def value_of(self, key: str) -> bytes | None:
        """What is kept under `key`; to have asked counts as use."""
        kept = self._kept.get(key)
        if kept is None:
            return None
        now = self._now()
        if now - kept.used_at >= self._ttl_s:
            self.evict((key,))
            return None
        kept.used_at = now
        self._kept.move_to_end(key)
        if self._sink is not None and now - kept.saved_at >= _RESAVE_S:
            kept.saved_at = now
            self._sink.save([StoredEntry(key, kept.value, now)])
        return kept.value

    def _put(self, key: str, value: bytes, at: float) -> None:
        self.evict((key,))
        self._kept[key] = _Kept(value, at, at)
        self._bytes += len(value)

    def _trim(self) -> None:
        while self._kept and (len(self._kept) > self._limit or self._bytes > self._max_bytes):
            _, oldest = self._kept.popitem(last=False)
            self._bytes -= len(oldest.value)


class Recall:
    """What one request reads. `used` are the keys that had something, for eviction."""

    def __init__(self, memory: SignatureMemory, mine: Mine) -> None:
        self._memory = memory
        self.mine = mine
        self.used: set[str] = set()

    def call(self, call_id: str) -> Entry | None:
        """The entry of a tool call."""
        value = self._value(call_key(self.mine, call_id))
        return _ENTRY.decode(value) if value else None

    def message(self, digest: str) -> Entry | None:
        """The entry of a message with this visible content, within the conversation."""
        value = self._value(message_key(self.mine, digest))
        return _ENTRY.decode(value) if value else None

    def thought(self, text: str) -> str | None:
        """The signature that was minted for this very thinking text."""
        value = self._value(thought_key(self.mine, text))
        return _TEXT.decode(value) if value else None

    def origin(self, signature: str) -> Origin | None:
        """Where `signature` comes from, whatever alphabet or wrapping it is in; None for a stranger."""
        value = self._value(signature_key(self.mine.tenant, signature))
        return _ORIGIN.decode(value) if value else None

    def _value(self, key: str) -> bytes | None:
        value = self._memory.value_of(key)
        if value is not None:
            self.used.add(key)
        return value


def call_key(mine: Mine, call_id: str) -> str:
    """Index K1."""
    return _digest("call", mine.tenant, mine.family, call_id)


def thought_key(mine: Mine, text: str) -> str:
    """Index K2."""
    return _digest("thought", mine.tenant, mine.family, text)


def message_key(mine: Mine, digest: str) -> str:
    """Index K3."""
    return _digest("message", mine.tenant, mine.family, mine.session, digest)


def signature_key(tenant: str, signature: str) -> str:
    """Index K4, blind to alphabet, padding and Claude's extra wrapping."""
    return _digest("signature", tenant, _innermost(signature))


def wrap_public(signature: str) -> str:
    """A signature of the public Anthropic API in the form that the upstream takes, others unchanged.

    The upstream's own form is the base64 of the public one, which begins with `E`. Source: anthropic.md 9.3.
    """
    if not signature.startswith("E"):
        return signature
    try:
        raw = base64.b64decode(signature, validate=True)
    except (binascii.Error, ValueError):
        return signature
    return base64.b64encode(signature.encode()).decode() if raw[:1] == b"\x12" else signature


def _innermost(signature: str) -> str:
    plain = signature.translate(_TO_STANDARD)
    if not plain.startswith("R"):
        return plain
    try:
        inner = base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except (binascii.Error, ValueError):
        return plain
    if not inner.startswith(b"E") or not inner.isascii():
        return plain
    return inner.decode("ascii").translate(_TO_STANDARD)


def _digest(*pieces: str) -> str:
    # Only the last piece is a stranger's text, so a separator is enough to keep the pieces apart.
    return hashlib.sha256("\0".join(pieces).encode("utf-8", "surrogatepass")).hexdigest()


_ENCODE: Final = msgspec.msgpack.Encoder().encode
_ENTRY: Final = msgspec.msgpack.Decoder(Entry)
_ORIGIN: Final = msgspec.msgpack.Decoder(Origin)
_TEXT: Final = msgspec.msgpack.Decoder(str)
