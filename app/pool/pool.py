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
from app.errors import CredentialRejected, NotFound, UpstreamError
from app.ids import AccountId
from app.pool.book import AccountBook
from app.pool.borrowing import Borrowing
from app.pool.chores import Chores
from app.pool.discoveries import Discover, Discoveries, with_late_news
from app.pool.explanation import Explanation
from app.pool.flags import Flags
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
    Want,
    Window,
)
from app.pool.outcome import outcome_of
from app.pool.passed import PassedOver
from app.pool.refreshing import ALL_PARTS, Part
from app.pool.states import MOVE_OF_MARK, Move, kept_with_account, moved, state_of
from app.pool.status import status_of
from app.pool.tokens import TokenKeeper, TokenStatus
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
        self._borrowing = Borrowing(ledger, keeper, clock, self, self._set_up_if_needed)
        self._flags = Flags()
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
        return Leasing(self, lambda: self._borrowing.borrow(want))

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
        return tuple(map(self._status, self._ledger.accounts()))

    def status(self, account: AccountId) -> AccountStatus | None:
        """One account in words, None when it is unknown."""
        known = self._ledger.find(account)
        return None if known is None else self._status(known)

    @property
    def limits(self) -> PoolLimits:
        """The caps in force."""
        return self._limits

    def _status(self, account: Account) -> AccountStatus:
        ledger = self._ledger
        return status_of(
            account, ledger.in_flight(account.id), ledger.cooling(account.id), ledger.windows(account.id)
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

    async def describe(self, account: AccountId, *, note: str, concurrent: int | None) -> Account:
        """Note the operator's words about an account, and its own cap, None for none. Raises NotFound."""
        stored = await self._book.set_own(account, note=note, concurrent=concurrent)
        if stored is None:
            raise _unknown()
        # As it stands here: of its state the book may tell an old story. What has left does not come back.
        if (known := self._ledger.find(account)) is None:
            return stored
        known = replace(known, note=note, concurrent=concurrent)
        self._ledger.put(known, pending=account in self._being_set_up)
        self._touched.add(account)
        self._listener(PoolChange("changed", account))
        return known

    def clear(self, account: AccountId, what: str = "") -> None:
        """End cool-downs on a person's word: all of them, or `what` as `snapshot` names it."""
        self._ledger.forgive(account, what)

    def token(self, account: AccountId) -> TokenStatus | None:
        """How old its access token is, None where none is held."""
        return self._keeper.status(account)

    async def refresh(self, account: AccountId) -> Account:
        """Ask the upstream about an account and keep what it says. Raises NotFound or an UpstreamError."""
        stored = await self._book.find(account)
        if stored is None:
            raise _unknown()
        return await self._discovered(stored)

    async def renew(self, account: AccountId, parts: frozenset[Part] = ALL_PARTS) -> Account:
        """As `refresh`, on a person's word: with a fresh token, and with consequences for the state.

        Of `parts`, what is left out stays as it is. Raises NotFound or an UpstreamError.
        """
        stored = await self._book.find(account)
        if stored is None:
            raise _unknown()
        if Part.TOKEN in parts:
            self._keeper.try_again(account)
        try:
            found = await self._asked_for(stored, parts)
        except UpstreamError as error:
            if error.verdict.mark is not None and (known := self._ledger.find(account)) is not None:
                self._move(known, MOVE_OF_MARK[error.verdict.mark], error.message, error.verdict.link)
            raise
        if found.enabled and found.state is AccountState.NEEDS_SIGN_IN and self._ledger.find(account):
            self._move(found, Move.SIGNED_IN)
        return found

    async def _asked_for(self, account: Account, parts: frozenset[Part]) -> Account:
        if parts == {Part.TOKEN}:
            await self._keeper.credential(account)
            return account
        return await self._discovered(account, parts)

    def lendable(self) -> tuple[AccountId, ...]:
        """Accounts that wait for nobody, whether they rest or not."""
        return tuple(account.id for account in self._ledger.accounts() if account.is_lendable)

    def due(self) -> tuple[AccountId, ...]:
        """Those whose token should be renewed."""
        return tuple(a.id for a in self._ledger.accounts() if a.is_lendable and self._keeper.is_due(a))

    async def warm(self, account: AccountId) -> None:
        """Renew a token ahead of need. Of failures only a dead sign-in has consequences. (F063, F064)"""
        if (known := self._ledger.find(account)) is None:
            return
        try:
            await self._keeper.credential(known)
        except CredentialRejected as error:
            if (known := self._ledger.find(account)) is not None:
                self._move(known, Move.SIGN_IN_REFUSED, error.message)
        except UpstreamError:
            return  # the keeper has logged it, and waits before it tries again

    def after_sleep(self, seconds: float) -> None:
        """The machine slept for so long: renew tokens before they are used, end what has rested. (F136)"""
        self._keeper.distrust()
        self._ledger.after_sleep(seconds)

    def alarms(self) -> dict[str, str]:
        """What is wrong for all accounts at once, as sentences by name."""
        trouble = self._keeper.client_trouble
        client = {} if trouble is None else {"oauth_client": trouble}
        return {**client, **self._flags.alarms()}

    async def aclose(self, grace_s: float = 5.0) -> None:
        """Send everybody in line away and let background work end."""
        await self._ledger.aclose()
        await self._chores.aclose(grace_s)
        await self._keeper.aclose(grace_s)

    def explain(self, group: str, model: str, *, affinity: str = "") -> Explanation:
        """Who would be taken now for a model, and why each other would not. Looking changes nothing."""
        want = Want(group=group, model=model, affinity=affinity, deadline=self._clock.monotonic())
        return self._ledger.explain(want)

    def windows(self, account: AccountId) -> tuple[Window, ...]:
        """What was last told about an account's quota."""
        return self._ledger.windows(account)

    def passed_over(self, taken: AccountId, group: str, model: str) -> tuple[PassedOver, ...]:
        """Who could not be taken for a model beside `taken`, and why; cheap enough for every request."""
        return self._ledger.passed_over(taken, Want(group=group, model=model, deadline=0.0))

    # What a lease asks for.

    def settle(self, grant: Grant, outcome: Outcome) -> None:
        """Draw the consequences of an attempt."""
        # As it stands now: it may have been changed, or removed, while it was lent. (F072)
        account = self._ledger.find(grant.account.id)
        if account is not None and outcome.mark is not None:
            # Before the report, which lets the next in line take what there is.
            self._move(account, MOVE_OF_MARK[outcome.mark], outcome.message, outcome.link)
        self._ledger.report(grant.lease, outcome)
        if account is not None:
            self._flags.hear(account, outcome)
            if outcome.word == "ok" and grant.probes:
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

    # Accounts.

    def _take_over(self, account: Account, kind: Literal["added", "changed", "enabled", "disabled"]) -> None:
        if not self._set_up_if_needed(account):
            self._ledger.put(account)
        if kind in ("added", "enabled"):
            # Somebody says that it is worth trying again.
            self._ledger.forgive(account.id)
        if kind != "changed":
            self._flags.forget(account.id)
        self._touched.add(account.id)
        self._listener(PoolChange(kind, account.id, state_of(account).value if kind == "added" else ""))

    def _forget(self, account: AccountId) -> None:
        self._touched.add(account)
        self._ledger.drop(account)
        self._keeper.forget(account)
        self._flags.forget(account)
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
        kind: Literal["ready", "marked"] = "ready" if state is AccountState.READY else "marked"
        self._listener(PoolChange(kind, account.id, state, reason))
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

    def _set_up_if_needed(self, account: Account) -> bool:
        if needed := self._needs_project(account):
            self._set_up(account)
        return needed

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
            state = kept_with_account(moved(State.ONBOARDING, Move.SET_UP_FAILED))
            self._ledger.put(replace(account, state=state))
            self._ledger.rest(account.id, SET_UP_AGAIN_S, "project")

    async def _discovered(self, account: Account, parts: frozenset[Part] = ALL_PARTS) -> Account:
        assert self._discoveries is not None, "nobody may ask for a discovery that was not wired"
        before = self._ledger.find(account.id)
        found = await self._discoveries.ask(account, keeps_models=Part.MODELS not in parts)
        now = self._ledger.find(account.id)
        if now is not None:
            self._ledger.put(with_late_news(found.account, before, now))
        self._touched.add(account.id)
        if Part.QUOTA in parts:
            self._ledger.tell(account.id, found.windows)
        self._listener(PoolChange("refreshed", account.id))
        return found.account


def _unknown() -> NotFound:
    return NotFound("There is no account of that id.")
