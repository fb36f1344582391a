"""What the ledger of one process knows of one account, beyond what is stored.

Changed by the ledger alone. Never: waiting, choosing, or a look at another account.
"""

from collections.abc import Iterable
from math import inf

from app.pool.cooling import ACCOUNT, Cooling, Scope, cooling_for, replaces
from app.pool.model import Account, AccountState, PoolLimits, Trust
from app.pool.quota import Quota

_VERIFICATION = "verification"


class Seat:
    """One account: what it has in flight, what of it rests, and how it did lately.

    `number` is its age, the last word between equals. `turn` is the number of its last lending, counted over
    the pool. `pending`: it waits for its project. Until `doubted_until` others are asked first; until
    `unsteady_until` it has failed for no clear reason lately, which no single success makes good. `served`
    counts the answers since then.
    """

    __slots__ = (
        "account",
        "doubted_until",
        "failures",
        "in_flight",
        "number",
        "pending",
        "quota",
        "rests",
        "served",
        "steps",
        "turn",
        "unsteady_until",
        "used_at",
    )

    def __init__(self, account: Account, number: int) -> None:
        self.account = account
        self.number = number
        self.in_flight = 0
        self.used_at = 0.0
        self.turn = 0
        self.doubted_until = 0.0
        self.unsteady_until = 0.0
        self.served = 0
        self.pending = False
        self.failures = 0
        self.rests: dict[Scope, Cooling] = {}
        self.steps: dict[Scope, int] = {}
        self.quota = Quota()

    @property
    def is_lendable(self) -> bool:
        """Enabled, and in a state that no person has to mend. One to verify is, by probes only."""
        state = self.account.state
        return self.account.enabled and (
            state is AccountState.READY
            or state is AccountState.NEEDS_VERIFICATION
            or (state is AccountState.ONBOARDING and self.pending)
        )

    @property
    def needs_verification(self) -> bool:
        """Whether the upstream wants a person to verify the account; it is lent for single probes only."""
        return self.account.state is AccountState.NEEDS_VERIFICATION

    def trust(self, now: float, proven: int) -> Trust:
        """How it did lately; it takes so many answers in a row to be proven."""
        if self.unsteady_until > now:
            return Trust.UNSTEADY
        return Trust.PROVEN if self.served >= proven else Trust.STEADY

    def fail_softly(self, now: float, limits: PoolLimits) -> None:
        """Note a failure of unclear origin."""
        self.failures += 1
        self.served = 0
        self.doubted_until = now + limits.doubt_s
        self.unsteady_until = now + limits.unsteady_s

    def offers(self, model: str) -> bool:
        """Whether the account has this model, as far as anybody told."""
        models = self.account.models
        return models is None or model in models

    def returns_at(self, scopes: Iterable[Scope]) -> float:
        """When the last of these stops resting or may be probed; 0 where none rests."""
        rests = self.rests
        if not rests:
            return 0.0
        return max((rests[scope].probe_at for scope in scopes if scope in rests), default=0.0)

    def ends_at(self, scopes: Iterable[Scope]) -> float:
        """When the last of these stops resting by itself; 0 where none rests."""
        rests = self.rests
        return max((rests[scope].until for scope in scopes if scope in rests), default=0.0)

    def is_resting(self, scope: Scope, now: float) -> bool:
        """Whether exactly this was set aside and still is."""
        rest = self.rests.get(scope)
        return rest is not None and not rest.is_over(now)

    def become(self, account: Account, *, pending: bool, now: float, limits: PoolLimits) -> None:
        """Take over what is stored now. A state to verify rests until its next probe; any other ends that."""
        self.account = account
        self.pending = pending
        if account.state is AccountState.NEEDS_VERIFICATION:
            probe_at = now + limits.verification_probe_s
            self.rests[ACCOUNT] = Cooling(inf, probe_at, _VERIFICATION, told=True)
        elif (rest := self.rests.get(ACCOUNT)) is not None and rest.why == _VERIFICATION:
            del self.rests[ACCOUNT]

    def forgive(self, now: float) -> None:
        """Forget what is over."""
        for scope in [scope for scope, rest in self.rests.items() if rest.is_over(now)]:
            del self.rests[scope]

    def after_sleep(self, seconds: float, now: float, now_epoch: float) -> None:
        """The clock stood still for so long: what rests has rested on."""
        self.rests = {scope: rest.after_sleep(seconds) for scope, rest in self.rests.items()}
        self.quota.after_sleep(seconds, now, now_epoch)

    def mend(self, what: str = "") -> bool:
        """Forget all that rests and why, but for what waits for people. Gives whether anything did.

        `what` is the name of a group or a model, or "account"; then only that rests no longer.
        """
        mended = [
            scope
            for scope, rest in self.rests.items()
            if rest.until < inf and what in ("", scope.name or scope.kind)
        ]
        for scope in mended:
            del self.rests[scope]
        if what:
            for scope in mended:
                self.steps.pop(scope, None)
                self.quota.serve(scope.name)
            return bool(mended)
        self.steps.clear()
        self.failures = 0
        self.doubted_until = 0.0
        self.unsteady_until = 0.0
        self.quota.mend()
        return bool(mended)

    def cool(
        self, scope: Scope, cool_s: float | None, why: str, *, now: float, jitter: float, probe_s: float
    ) -> Cooling | None:
        """Set `scope` aside, unless it rests already and this is the same burst. Gives what was opened."""
        step = self.steps.get(scope, 0)
        fresh = cooling_for(cool_s, step, why, now=now, jitter=jitter, probe_s=probe_s)
        if not replaces(fresh, self.rests.get(scope), now):
            return None
        self.rests[scope] = fresh
        if cool_s is None:
            self.steps[scope] = step + 1
        return fresh

    def probe(self, scopes: Iterable[Scope], *, now: float, limits: PoolLimits) -> bool:
        """Note that an attempt leaves while something still rests: no other may for a while."""
        probes = False
        for scope in scopes:
            rest = self.rests.get(scope)
            if rest is not None and not rest.is_over(now):
                every_s = limits.verification_probe_s if rest.why == _VERIFICATION else limits.probe_s
                self.rests[scope] = rest.probing(now, every_s)
                probes = True
        return probes

    def succeed(self, scopes: Iterable[Scope], *, probed: bool, now: float) -> bool:
        """An attempt went well. Gives whether a cool-down ended by it.

        An attempt that left before a cool-down began says nothing about it; a probe ends it.
        """
        self.failures = 0
        self.served += 1
        self.doubted_until = 0.0
        ended = False
        for scope in scopes:
            rest = self.rests.get(scope)
            open_now = rest is not None and not rest.is_over(now)
            if open_now and not probed:
                continue
            self.steps.pop(scope, None)
            ended |= self.rests.pop(scope, None) is not None and open_now
        return ended

    def release_probe(self, scopes: Iterable[Scope], now: float) -> None:
        """A probe ended without a word: the next attempt may probe at once."""
        for scope in scopes:
            rest = self.rests.get(scope)
            if rest is not None and not rest.is_over(now):
                self.rests[scope] = Cooling(rest.until, now, rest.why, rest.told)
