"""The right to run one attempt on one account, held by `async with`.

Giving it back never waits and happens exactly once, whatever ended the attempt.
Never: choosing an account, or knowledge of requests.
"""

from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Protocol

from app.pool.model import Account, Grant, Lane, Outcome
from app.pool.outcome import outcome_of
from app.upstreams.base import Credential


class Settler(Protocol):
    """What a lease needs of the pool."""

    def settle(self, grant: Grant, outcome: Outcome) -> None:
        """Draw the consequences of an attempt; called at most once, before `give_back`."""
        ...

    def give_back(self, grant: Grant) -> None:
        """End the grant. A second call changes nothing."""
        ...

    async def renew_credential(self, lease: "Lease") -> Credential:
        """A credential that is not the one the lease has."""
        ...

    async def rediscover(self, lease: "Lease") -> Credential:
        """A credential with the project as the upstream tells it now."""
        ...


class Lease:
    """One account for one attempt. `credential` is what the attempt presents."""

    __slots__ = ("_settler", "_told", "account", "credential", "grant")

    def __init__(self, settler: Settler, grant: Grant, credential: Credential) -> None:
        self.grant = grant
        self.account: Account = grant.account
        self.credential = credential
        self._settler = settler
        self._told = False

    @property
    def lane(self) -> Lane:
        """The account for the model, as it cools."""
        return self.grant.lane

    def report(self, outcome: Outcome) -> None:
        """Say how the attempt ended; takes effect at once. Only the first word counts.

        Without it the exception that leaves the block decides, or its absence.
        """
        if not self._told:
            self._told = True
            self._settler.settle(self.grant, outcome)

    async def renew_credential(self) -> None:
        """After a 401: a fresh access token for the same account. Raises what a renewal raises."""
        self.credential = await self._settler.renew_credential(self)

    async def rediscover(self) -> None:
        """After a refusal about the project: ask the upstream which one it is. Raises an UpstreamError."""
        self.credential = await self._settler.rediscover(self)


class Leasing:
    """`async with` gives a Lease; entering may stand in line. Leaving never waits."""

    __slots__ = ("_borrow", "_lease", "_settler")

    def __init__(self, settler: Settler, borrow: Callable[[], Awaitable[Lease]]) -> None:
        self._settler = settler
        self._borrow = borrow
        self._lease: Lease | None = None

    async def __aenter__(self) -> Lease:
        self._lease = await self._borrow()
        return self._lease

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None
    ) -> None:
        lease, self._lease = self._lease, None
        if lease is None:
            return
        try:
            lease.report(outcome_of(exc))
        finally:
            self._settler.give_back(lease.grant)
