"""The pool: accounts in, leases out.

Joins the ledger (who has what), the keeper (access tokens) and the book (what is stored), and tells a
listener what happens. Never: HTTP, the ORM, or anything about requests beyond what they want.
"""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Literal

from msgspec.structs import replace

from app.clock import Clock
from app.errors import (
    CredentialRejected,
    NotFound,
    OAuthClientRejected,
    UpstreamError,
)
from app.ids import AccountId
from app.pool.book import AccountBook
from app.pool.chores import Chores
from app.pool.discoveries import Discover, Discoveries
from app.pool.explanation import Explanation
from app.pool.lease import Lease, Leasing
from app.pool.ledger import Ledger
from app.pool.memo import PoolMemo
from app.pool.model import (
    Account,
    AccountState,
    AccountStatus,
    Bucket,
    Grant,
    Outcome,
    PoolChange,
    PoolLimits,
    State,
    Wait,
    Want,
)
from app.pool.outcome import outcome_of
from app.pool.refusals import refusal
from app.pool.states import MOVE_OF_MARK, Move, kept_with_account, moved, state_of
from app.pool.status import status_of
from app.pool.tokens import TokenKeeper
from app.upstreams.base import Credential

SET_UP_AGAIN_S = 30.0


class Pool:
    """Implements `lease.Settler` for its own leases.

    Without `discover` an account is lent with whatever project it has. With it, one that has none is asked
    about first, in the background, and those who want it wait.
    """

    def __init__(
        self,
        ledger: Ledger,
        keeper: TokenKeeper,
        book: AccountBook,
        clock: Clock,
        limits: PoolLimits,
        listener: Callable[[PoolChange], None],
        *,
        discover: Discover | None = None,
    ) -> None:
        self._ledger = ledger
        self._keeper = keeper
        self._book = book
        self._clock = clock
        self._limits = limits
        self._listener = listener
        self._chores = Chores()
        self._loading = asyncio.Lock()
        self._touched: set[AccountId] = set()
        self._unsaved: set[AccountId] = set()
        self._being_set_up: set[AccountId] = set()
        self._discoveries = Discoveries(discover, keeper, book, self._chores, clock.now) if discover else None

    async def load(self) -> None:
        """Take over the book as it is now; to be called at start and whenever accounts changed elsewhere."""
        async with self._loading:
            self._touched.clear()
            stored = {account.id: account for account in await self._book.all()}
            known = {account.id: account for account in self._ledger.accounts()}
            # Of what was changed here meanwhile the book may have told the old story.
            ours = self._touched | self._unsaved | self._being_set_up
            for gone in known.keys() - stored.keys() - ours:
                self._forget(gone)
            for account in stored.values():
                if account.id not in ours and account != known.get(account.id):
                    self._take_over(account, "changed" if account.id in known else "added")

    def lease(self, want: Want) -> AbstractAsyncContextManager[Lease]:
        """An account for one attempt, after standing in line if need be.

        Entering raises NoAccount, PoolExhausted or PoolBusy, or OAuthClientRejected. Leaving reports how the
        attempt ended, unless the lease was told before, and gives the account back.
        """
        return Leasing(self, lambda: self._borrow(want))

    def limit(self, limits: PoolLimits) -> None:
        """Use other caps from now on; whoever fits under them is served at once."""
        self._limits = limits
        self._ledger.limit(limits)

    def memo(self) -> PoolMemo:
        """Cool-downs and quota, to be kept over a restart."""
        return self._ledger.memo()

    def recall(self, memo: PoolMemo) -> None:
        """Take over what was kept; to be called once, after `load`."""
        self._ledger.recall(memo)

    def waiting(self) -> dict[Bucket, int]:
        """How many requests stand in line, for the models where some do."""
        return self._ledger.waiting()

    def snapshot(self) -> tuple[AccountStatus, ...]:
        """Every account in words, for doctor, panel and explain."""
        ledger = self._ledger
        return tuple(
            status_of(
                account, ledger.in_flight(account.id), ledger.cooling(account.id), ledger.windows(account.id)
            )
            for account in ledger.accounts()
        )

    async def add(self, *, email: str, refresh_token: str, project: str | None = None) -> Account:
        """Store an account and lend it from now on. A known e-mail gets the new token and a clean state."""
        account = await self._book.add(email=email, refresh_token=refresh_token, project=project)
        self._keeper.forget(account.id)
        self._take_over(account, "added")
        return account

    async def remove(self, account: AccountId) -> None:
        """Forget an account. What runs on it finishes. Raises NotFound."""
        if not await self._book.remove(account):
            raise _unknown()
        self._forget(account)

    async def set_enabled(self, account: AccountId, *, enabled: bool) -> Account:
        """The operator's switch; enabling also clears a state that somebody has mended. Raises NotFound."""
        stored = await self._book.set_enabled(account, enabled=enabled)
        if stored is not None and enabled and stored.state is not AccountState.READY:
            stored = await self._book.set_state(account, AccountState.READY)
        if stored is None:
            raise _unknown()
        self._keeper.forget(account)
        self._take_over(stored, "enabled" if enabled else "disabled")
        return stored

    async def refresh(self, account: AccountId) -> Account:
        """Ask the upstream about an account and keep what it says. Raises NotFound or an UpstreamError."""
        stored = await self._book.find(account)
        if stored is None:
            raise _unknown()
        return await self._discovered(stored)

    async def renew(self, account: AccountId) -> Account:
        """As `refresh`, on a person's word: with a fresh token, and with consequences for the state.

        Raises NotFound or an UpstreamError.
        """
        stored = await self._book.find(account)
        if stored is None:
            raise _unknown()
        self._keeper.try_again(account)
        try:
            found = await self._discovered(stored)
        except UpstreamError as error:
            if error.verdict.mark is not None and (known := self._ledger.find(account)) is not None:
                self._move(known, MOVE_OF_MARK[error.verdict.mark], error.message, error.verdict.link)
            raise
        if found.enabled and found.state is AccountState.NEEDS_SIGN_IN:
            self._move(found, Move.SIGNED_IN)
        return found

    def lendable(self) -> tuple[AccountId, ...]:
        """Accounts that wait for nobody, whether they rest or not."""
        return tuple(account.id for account in self._ledger.accounts() if _is_lendable(account))

    def due(self) -> tuple[AccountId, ...]:
        """Those whose token should be renewed."""
        accounts = self._ledger.accounts()
        return tuple(a.id for a in accounts if _is_lendable(a) and self._keeper.is_due(a))

    async def warm(self, account: AccountId) -> None:
        """Renew a token ahead of need. Of failures only a dead sign-in has consequences. (F063, F064)"""
        known = self._ledger.find(account)
        if known is None:
            return
        try:
            await self._keeper.credential(known)
        except CredentialRejected as error:
            if (known := self._ledger.find(account)) is not None:
                self._move(known, Move.SIGN_IN_REFUSED, error.message)
        except UpstreamError:
            return  # the keeper has logged it, and waits before it tries again

    def distrust_tokens(self) -> None:
        """Renew every token before it is used again; for a machine that slept. (F136)"""
        self._keeper.distrust()

    def alarms(self) -> dict[str, str]:
        """What is wrong for all accounts at once, as sentences by name."""
        trouble = self._keeper.client_trouble
        return {} if trouble is None else {"oauth_client": trouble}

    async def aclose(self, grace_s: float = 5.0) -> None:
        """Send everybody in line away and let background work end."""
        await self._ledger.aclose()
        await self._chores.aclose(grace_s)
        await self._keeper.aclose(grace_s)

    def explain(self, group: str, model: str, *, affinity: str = "") -> Explanation:
        """Who would be taken now for a model, and why each other would not. Looking changes nothing."""
        want = Want(group=group, model=model, affinity=affinity, deadline=self._clock.monotonic())
        return self._ledger.explain(want)

    # What a lease asks for.

    def settle(self, grant: Grant, outcome: Outcome) -> None:
        """Draw the consequences of an attempt."""
        # As it stands now: it may have been changed, or removed, while it was lent. (F072)
        account = self._ledger.find(grant.account.id)
        if account is not None and outcome.mark is not None:
            # Before the report, which lets the next in line take what there is.
            self._move(account, MOVE_OF_MARK[outcome.mark], outcome.message, outcome.link)
        self._ledger.report(grant.lease, outcome)
        if account is not None and outcome.word == "ok" and grant.probes:
            self._move(account, Move.SERVED)

    def give_back(self, grant: Grant) -> None:
        """End a grant. A second call changes nothing."""
        self._ledger.release(grant.lease)

    async def renew_credential(self, lease: Lease) -> Credential:
        """A credential that is not the one the lease has."""
        self._keeper.invalidate(lease.account.id, lease.credential.access_token)
        return replace(await self._keeper.credential(lease.account), project=lease.credential.project)

    async def rediscover(self, lease: Lease) -> Credential:
        """A credential with the project as the upstream tells it now."""
        account = await self._discovered(lease.account)
        return replace(lease.credential, project=account.project)

    # Lending.

    async def _borrow(self, want: Want) -> Lease:
        failure: UpstreamError | None = None
        while True:
            said = await self._ledger.lease(want)
            if isinstance(said, Wait):
                now = self._clock.monotonic()
                raise refusal(said, failure, now=now)
            if self._needs_project(said.account):
                self._set_up(said.account)
                self.give_back(said)
                continue
            try:
                return Lease(self, said, await self._keeper.credential(said.account))
            except UpstreamError as error:
                self._set_aside(said, error)
                self.give_back(said)
                if isinstance(error, OAuthClientRejected) and error.kind == OAuthClientRejected.code:
                    raise
                failure = error
                want = replace(want, avoid=want.avoid | {said.account.id})
            except BaseException:
                self.give_back(said)
                raise

    def _set_aside(self, grant: Grant, error: UpstreamError) -> None:
        """No access token could be had for this account. (F063, F064)"""
        account = grant.account.id
        if isinstance(error, CredentialRejected):
            self.settle(grant, outcome_of(error))
        else:
            self._ledger.rest(account, max(1.0, self._keeper.retries_in(account)), "token")

    # Accounts.

    def _take_over(self, account: Account, kind: Literal["added", "changed", "enabled", "disabled"]) -> None:
        if self._needs_project(account):
            self._set_up(account)
        else:
            self._ledger.put(account)
        if kind in ("added", "enabled"):
            # Somebody says that it is worth trying again.
            self._ledger.forgive(account.id)
        self._touched.add(account.id)
        self._listener(PoolChange(kind, account.id))

    def _forget(self, account: AccountId) -> None:
        self._touched.add(account)
        self._ledger.drop(account)
        self._keeper.forget(account)
        self._listener(PoolChange("removed", account))

    def _move(self, account: Account, move: Move, reason: str = "", link: str | None = None) -> None:
        """Change an account's state now, and in the book as soon as it answers."""
        before = state_of(account)
        after = moved(before, move)
        # A late word about an account that waits for people changes nothing; a new link to follow does.
        if after is before and (link is None or after is not State.NEEDS_VERIFICATION):
            return
        state = kept_with_account(after)
        self._ledger.put(replace(account, state=state, state_reason=reason, state_link=link))
        is_ready = state is AccountState.READY
        self._listener(PoolChange("ready" if is_ready else "marked", account.id, state, reason))
        self._unsaved.add(account.id)
        self._chores.start("mark-account", self._store_state(account.id, state, reason, link))

    async def _store_state(
        self, account: AccountId, state: AccountState, reason: str, link: str | None
    ) -> None:
        try:
            await self._book.set_state(account, state, reason=reason, link=link)
        finally:
            self._touched.add(account)
            self._unsaved.discard(account)

    # Accounts that have no project yet.

    def _needs_project(self, account: Account) -> bool:
        return (
            self._discoveries is not None
            and account.project is None
            and account.enabled
            and account.state in (AccountState.READY, AccountState.ONBOARDING)
        )

    def _set_up(self, account: Account) -> None:
        """Have the project found in the background; until then those who want the account stand in line."""
        if account.id in self._being_set_up:
            return
        self._being_set_up.add(account.id)
        self._ledger.put(replace(account, state=AccountState.ONBOARDING), pending=True)
        self._chores.start(f"set-up-{account.id}", self._setting_up(account))

    async def _setting_up(self, account: Account) -> None:
        try:
            await self._discovered(account)
        except UpstreamError as error:
            self._not_set_up(account.id, outcome_of(error))
        finally:
            self._being_set_up.discard(account.id)

    def _not_set_up(self, account_id: AccountId, outcome: Outcome) -> None:
        account = self._ledger.find(account_id)
        if account is None or account.state is not AccountState.ONBOARDING:
            return
        if outcome.mark is not None:
            self._move(account, MOVE_OF_MARK[outcome.mark], outcome.message, outcome.link)
        else:
            self._ledger.put(
                replace(account, state=kept_with_account(moved(State.ONBOARDING, Move.SET_UP_FAILED)))
            )
            self._ledger.rest(account.id, SET_UP_AGAIN_S, "project")

    async def _discovered(self, account: Account) -> Account:
        assert self._discoveries is not None, "nobody may ask for a discovery that was not wired"
        before = self._ledger.find(account.id)
        found = await self._discoveries.ask(account)
        now = self._ledger.find(account.id)
        if now is not None:
            self._ledger.put(_with_late_news(found.account, before, now))
        self._touched.add(account.id)
        self._ledger.tell(account.id, found.windows)
        self._listener(PoolChange("refreshed", account.id))
        return found.account


def _with_late_news(found: Account, before: Account | None, now: Account) -> Account:
    """What was found, with the state that the account has come into meanwhile: the book may not know it."""
    if before is None or before.state is now.state or now.state is AccountState.ONBOARDING:
        return found
    return replace(found, state=now.state, state_reason=now.state_reason, state_link=now.state_link)


def _is_lendable(account: Account) -> bool:
    return account.enabled and account.state is AccountState.READY


def _unknown() -> NotFound:
    return NotFound("There is no account of that id.")
