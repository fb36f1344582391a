"""How a want becomes a lease: a lane of the ledger, an account that is set up, an access token for it.

An account for which no token can be had is set aside, and the next one is asked.
Never: what follows from how an attempt ends, or who comes first.
"""

from collections.abc import Callable

from msgspec.structs import replace

from app.clock import Clock
from app.errors import CredentialRejected, OAuthClientRejected, UpstreamError
from app.pool.lease import Lease, Settler
from app.pool.ledger import Ledger
from app.pool.model import Account, Grant, Trust, Wait, Want
from app.pool.outcome import outcome_of
from app.pool.refusals import refusal
from app.pool.tokens import TokenKeeper

NO_TOKEN = "token"  # noqa: S105 - a reason to rest, not a password
TRUSTED_WITHIN_S = 15.0
"""So long a request that failed for no clear reason waits for a better account than the next one."""


class Borrowing:
    """`set_up` begins to look for the project of an account that lacks one, and says whether it does."""

    def __init__(
        self,
        ledger: Ledger,
        keeper: TokenKeeper,
        clock: Clock,
        settler: Settler,
        set_up: Callable[[Account], bool],
    ) -> None:
        self._ledger = ledger
        self._keeper = keeper
        self._clock = clock
        self._settler = settler
        self._set_up = set_up
        self._no_token: UpstreamError | None = None

    async def borrow(self, want: Want) -> Lease:
        """A lease. Raises NoAccount, PoolExhausted, PoolBusy, OAuthClientRejected, or why no token came."""
        failure: UpstreamError | None = None
        while True:
            said = await self._granted(want)
            if isinstance(said, Wait):
                now = self._clock.monotonic()
                raise refusal(said, failure or self._trouble_of_all(said), now=now)
            if self._set_up(said.account):
                self._settler.give_back(said)
                continue
            try:
                credential = await self._keeper.credential(said.account)
            except UpstreamError as error:
                self._set_aside(said, error)
                self._settler.give_back(said)
                if isinstance(error, OAuthClientRejected) and error.kind == OAuthClientRejected.code:
                    raise
                failure = error
                want = replace(want, avoid=want.avoid | {said.account.id})
            except BaseException:
                self._settler.give_back(said)
                raise
            else:
                self._no_token = None
                return Lease(self._settler, said, credential)

    async def _granted(self, want: Want) -> Grant | Wait:
        """A lane; for a while only of an account that is trusted, where that is wanted."""
        for trust in range(want.trust, Trust.UNSTEADY, -1):
            deadline = min(want.deadline, self._clock.monotonic() + TRUSTED_WITHIN_S)
            said = await self._ledger.lease(replace(want, deadline=deadline, trust=Trust(trust)))
            if isinstance(said, Grant):
                return said
        return await self._ledger.lease(replace(want, trust=Trust.UNSTEADY))

    def _set_aside(self, grant: Grant, error: UpstreamError) -> None:
        """No access token could be had for this account. (F063, F064)"""
        account = grant.account.id
        if isinstance(error, CredentialRejected):
            self._settler.settle(grant, outcome_of(error))
        else:
            self._no_token = error
            self._ledger.rest(account, max(1.0, self._keeper.retries_in(account)), NO_TOKEN)

    def _trouble_of_all(self, wait: Wait) -> UpstreamError | None:
        """Why nobody has a token, where everybody rests for want of one."""
        if wait.why != "cooling" or self._no_token is None:
            return None
        usable = [each for each in self._ledger.accounts() if each.is_lendable]
        rests = (self._ledger.cooling(each.id) for each in usable)
        all_rest_for_it = all(any(r.why == NO_TOKEN for r in rest) for rest in rests)
        return self._no_token.anew() if all_rest_for_it else None
