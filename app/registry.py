"""Dialects and upstreams by name: the shipped ones and those that addons bring.

An upstream of an addon answers for its own models, under its own name, and needs no account: its attempts
are lent a stand-in. Never: which stage asks.
"""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import ClassVar, Protocol

from msgspec.structs import replace

from app.catalog.profile import ModelProfile
from app.dialects.base import Dialect
from app.ids import AccountId, Ids, LeaseId
from app.ir.prompt import Prompt
from app.pool.lease import Lease, Leasing
from app.pool.model import Account, Grant, Lane, Outcome, Want
from app.upstreams.base import Call, Credential, Decoder, Discovery, Encoded, Upstream


class NameTaken(ValueError):
    """Two dialects or two upstreams of one name."""


class Lender(Protocol):
    """Where an attempt gets its account."""

    def lease(self, want: Want) -> AbstractAsyncContextManager[Lease]:
        """An account for one attempt. Entering raises a PoolError when there is none."""
        ...


def dialects_with(shipped: Sequence[Dialect], added: Sequence[Dialect]) -> tuple[Dialect, ...]:
    """All dialects; the shipped ones last, since the last is asked for requests that nobody claims.

    Raises NameTaken.
    """
    dialects = (*added, *shipped)
    _unique("dialects", [dialect.name for dialect in dialects])
    return dialects


class Upstreams:
    """Every upstream as one: each model is answered by its own. Implements `Upstream`."""

    name: ClassVar[str] = "upstreams"

    def __init__(self, shipped: Upstream, added: Iterable[tuple[Upstream, Sequence[ModelProfile]]]) -> None:
        """Raises NameTaken."""
        pairs = list(added)
        _unique("upstreams", [shipped.name, *(upstream.name for upstream, _ in pairs)])
        self._shipped = shipped
        self._added = {upstream.name: upstream for upstream, _ in pairs}
        self.models = tuple(
            replace(profile, upstream=upstream.name, group=upstream.name)
            for upstream, profiles in pairs
            for profile in profiles
        )

    def whole(self) -> Upstream:
        """The one to ask: the shipped one itself where there is no other."""
        return self if self._added else self._shipped

    def lender(self, pool: Lender) -> Lender:
        """The pool, and stand-ins for upstreams that need no account."""
        return _Lenders(pool, {name: _StandIn(name) for name in self._added}) if self._added else pool

    def encode(self, prompt: Prompt, profile: ModelProfile) -> Encoded:
        """See `Upstream`."""
        return self._of(profile).encode(prompt, profile)

    def open(self, call: Call, credential: Credential) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
        """See `Upstream`."""
        return self._of(call.profile).open(call, credential)

    def decoder(self, call: Call, ids: Ids) -> Decoder:
        """See `Upstream`."""
        return self._of(call.profile).decoder(call, ids)

    async def count(self, call: Call, credential: Credential) -> int:
        """See `Upstream`."""
        return await self._of(call.profile).count(call, credential)

    async def discover(self, credential: Credential) -> Discovery:
        """See `Upstream`: accounts are the shipped one's."""
        return await self._shipped.discover(credential)

    def _of(self, profile: ModelProfile) -> Upstream:
        return self._added.get(profile.upstream, self._shipped)


class _Lenders:
    """Asks the pool, or the stand-in of an upstream whose name is the group that is wanted."""

    def __init__(self, pool: Lender, stand_ins: Mapping[str, Lender]) -> None:
        self._pool = pool
        self._stand_ins = stand_ins

    def lease(self, want: Want) -> AbstractAsyncContextManager[Lease]:
        return self._stand_ins.get(want.group, self._pool).lease(want)


class _StandIn:
    """Lends the same nobody to everybody. Implements `lease.Settler`, with nothing to settle."""

    def __init__(self, name: str) -> None:
        self._account = Account(id=AccountId(name), email=name, refresh_token="")

    def lease(self, want: Want) -> AbstractAsyncContextManager[Lease]:
        return Leasing(self, lambda: self._lent(want))

    def settle(self, grant: Grant, outcome: Outcome) -> None:
        """Nothing cools."""

    def give_back(self, grant: Grant) -> None:
        """Nothing was taken."""

    async def renew_credential(self, lease: Lease) -> Credential:
        return lease.credential

    async def rediscover(self, lease: Lease) -> Credential:
        return lease.credential

    async def _lent(self, want: Want) -> Lease:
        lane = Lane(self._account.id, want.group, want.model)
        grant = Grant(LeaseId(f"stand-in-{self._account.id}"), lane, self._account)
        return Lease(self, grant, Credential(self._account.id, ""))


def _unique(what: str, names: list[str]) -> None:
    for name in names:
        if names.count(name) > 1:
            raise NameTaken(f"two {what} are called `{name}`")
