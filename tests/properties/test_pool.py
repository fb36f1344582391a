"""The pool as a state machine: whatever callers, time, errors and operators do, its promises hold.

Source: architecture.md 9 and 20 (8): caps are never exceeded, what rests is never used, the line is served in
order, no wake-up is lost, every lease ends.
"""

import asyncio
import os
from collections import Counter
from typing import Any, get_args

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from msgspec.structs import replace

from app.ids import AccountId
from app.pool.memory import MemoryLedger
from app.pool.model import (
    AccountState,
    Grant,
    Outcome,
    PoolChange,
    PoolLimits,
    Strategy,
    Trust,
    Wait,
    Want,
    Window,
)
from app.pool.outcome import NEUTRAL, OK
from app.pool.policy import rank, shortage_of, wait_for
from app.verdicts import Cool
from tests.support.clock import ManualClock
from tests.support.pool import an_account, settled

NAMES = ("anna", "ben", "carla", "david")
BUCKETS = (("gemini", "flash"), ("gemini", "pro"), ("3p", "opus"))

names = st.sampled_from(NAMES)
failures = st.builds(
    Outcome,
    word=st.just("failed"),
    why=st.sampled_from(["quota", "rate"]),
    cool=st.sampled_from(list(Cool)),
    cool_s=st.sampled_from([None, 1.0, 10.0, 100.0, 10_000.0]),
    soft=st.booleans(),
)
strategies = st.sampled_from(get_args(Strategy))
lefts = st.sampled_from([None, 0.0, 0.1, 0.3, 0.8, 1.0])
outcomes = st.one_of(st.just(OK), st.just(NEUTRAL), failures)


class Asking:
    """One caller."""

    def __init__(self, number: int, want: Want, task: "asyncio.Task[Grant | Wait]") -> None:
        self.number = number
        self.want = want
        self.task = task
        self.cancelled = False

    @property
    def is_choosy(self) -> bool:
        return bool(self.want.avoid or self.want.trust) or self.want.only is not None


class PoolMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.clock = ManualClock()
        self.waiting: list[Asking] = []
        self.held: list[Grant] = []
        self.rests: dict[tuple[AccountId | None, str], tuple[float, float]] = {}
        self.gone: set[str] = set()
        self.asked = 0
        self.looks = 0

    @initialize(
        per_account=st.integers(0, 2),
        per_model=st.integers(0, 3),
        jitter=st.sampled_from([0.0, 1.0]),
        strategy=strategies,
    )
    def open(self, per_account: int, per_model: int, jitter: float, strategy: Strategy) -> None:
        self.limits = PoolLimits(
            per_account=per_account, per_model=per_model, line=6, failures=2, proven=2, strategy=strategy
        )
        self.ledger = MemoryLedger(self.clock, self.limits, listener=self.hear, jitter=lambda: jitter)
        for name in NAMES[:2]:
            self.act(lambda name=name: self.ledger.put(an_account(name)))

    def hear(self, change: PoolChange) -> None:
        now = self.clock.monotonic()
        if change.kind == "cooled":
            assert change.until_epoch is not None
            self.rests[change.account, change.what] = (now, change.until_epoch - self.clock.now() + now)
        elif change.kind == "returned":
            for key in [key for key in self.rests if key[0] == change.account]:
                del self.rests[key]

    def act(self, step: Any) -> None:
        """Do one thing inside the loop, then let all that follows happen."""

        async def run() -> None:
            step()
            await settled(4)

        self.loop.run_until_complete(run())
        self.collect()

    def collect(self) -> None:
        answered = [asking for asking in self.waiting if asking.task.done()]
        self.waiting = [asking for asking in self.waiting if not asking.task.done()]
        for asking in sorted(answered, key=lambda each: each.number):
            if asking.task.cancelled():
                assert asking.cancelled
                continue
            said = asking.task.result()
            if isinstance(said, Grant):
                self.check_grant(asking, said)
                self.held.append(said)
            else:
                assert said.why != "busy" or asking.want.deadline <= self.clock.monotonic()

    def check_grant(self, asking: Asking, grant: Grant) -> None:
        account, group, model = grant.lane
        assert account not in asking.want.avoid
        assert asking.want.only in (None, account)
        self.check_not_resting(grant, (account, "account"), (account, group), (account, model), (None, model))
        earlier = [each for each in self.waiting if each.number < asking.number and not each.is_choosy]
        assert not [each for each in earlier if each.want.bucket == asking.want.bucket], "overtaken"

    def check_not_resting(self, grant: Grant, *keys: tuple[AccountId | None, str]) -> None:
        now = self.clock.monotonic()
        for key in keys:
            opened, until = self.rests.get(key, (0.0, 0.0))
            if now < until - 1e-6:
                assert grant.probes
                assert now >= opened + self.limits.probe_s - 1e-6

    @rule(
        bucket=st.sampled_from(BUCKETS),
        affinity=st.sampled_from(["", "talk", "chat"]),
        avoid=st.sets(names, max_size=2),
        only=st.one_of(st.none(), names),
        trust=st.sampled_from(Trust),
        patience=st.sampled_from([0.0, 5.0, 30.0, 500.0]),
    )
    def ask(
        self,
        bucket: tuple[str, str],
        affinity: str,
        avoid: set[str],
        only: str | None,
        trust: Trust,
        patience: float,
    ) -> None:
        want = Want(
            group=bucket[0],
            model=bucket[1],
            deadline=self.clock.monotonic() + patience,
            affinity=affinity,
            avoid=frozenset(map(AccountId, avoid)),
            only=None if only is None else AccountId(only),
            trust=trust,
        )
        best = rank(want, self.ledger.view(want), self.clock.monotonic())
        self.asked += 1
        number = self.asked

        def step() -> None:
            self.waiting.append(Asking(number, want, self.loop.create_task(self.ledger.lease(want))))

        before = len(self.held)
        self.act(step)
        if best:
            assert len(self.held) == before + 1
            assert self.held[-1].lane == best[0].lane

    @precondition(lambda self: self.held)
    @rule(data=st.data(), outcome=outcomes)
    def end(self, data: st.DataObject, outcome: Outcome) -> None:
        grant = self.held.pop(data.draw(st.integers(0, len(self.held) - 1)))
        self.act(lambda: self.settle(grant, outcome))

    @precondition(lambda self: self.held and self.waiting)
    @rule(data=st.data())
    def end_while_somebody_leaves(self, data: st.DataObject) -> None:
        """The one who leaves may be the one who was just served."""
        grant = self.held.pop(data.draw(st.integers(0, len(self.held) - 1)))
        leaver = self.waiting[data.draw(st.integers(0, len(self.waiting) - 1))]
        leaver.cancelled = True

        def step() -> None:
            self.settle(grant, OK)
            leaver.task.cancel()

        self.act(step)

    @precondition(lambda self: self.waiting)
    @rule(data=st.data())
    def leave(self, data: st.DataObject) -> None:
        leaver = self.waiting[data.draw(st.integers(0, len(self.waiting) - 1))]
        leaver.cancelled = True
        self.act(leaver.task.cancel)

    @rule(seconds=st.sampled_from([0.5, 5.0, 31.0, 600.0, 3700.0]))
    def pass_time(self, seconds: float) -> None:
        self.act(lambda: self.clock.advance(seconds))

    @rule(name=names, state=st.sampled_from(list(AccountState)), enabled=st.booleans(), pending=st.booleans())
    def change(self, name: str, state: AccountState, enabled: bool, pending: bool) -> None:
        account = replace(an_account(name), state=state, enabled=enabled)
        self.gone.discard(name)
        self.act(lambda: self.ledger.put(account, pending=pending))

    @rule(name=names, left=lefts, resets_in=st.sampled_from([None, 60.0, 3_000.0]))
    def look(self, name: str, left: float | None, resets_in: float | None) -> None:
        """Looking at quota orders the choice; it neither sets aside nor brings back."""
        resets_at = None if resets_in is None else self.clock.now() + resets_in
        before = {bucket: self.candidates(*bucket) for bucket in BUCKETS}
        window = Window("gemini", "gemini-5h", left, resets_at, "summary", self.clock.now())
        self.act(lambda: self.ledger.tell(AccountId(name), (window,)))
        assert before == {bucket: self.candidates(*bucket) for bucket in BUCKETS}

    @rule(strategy=strategies)
    def turn_the_knob(self, strategy: Strategy) -> None:
        self.limits = replace(self.limits, strategy=strategy)
        self.act(lambda: self.ledger.limit(self.limits))

    @rule(name=names)
    def forgive(self, name: str) -> None:
        # A state to verify is left to people and probes.
        account = self.ledger.find(AccountId(name))
        if account is not None and account.state is not AccountState.NEEDS_VERIFICATION:
            self.rests = {key: rest for key, rest in self.rests.items() if key[0] != name}
            self.act(lambda: self.ledger.forgive(AccountId(name)))

    @precondition(lambda self: self.asked)
    @rule(bucket=st.sampled_from(BUCKETS), affinity=st.sampled_from(["", "talk"]))
    def explain(self, bucket: tuple[str, str], affinity: str) -> None:
        """The story told is that of the choice, and telling it changes nothing."""
        want = Want(group=bucket[0], model=bucket[1], deadline=0.0, affinity=affinity)
        order = rank(want, self.ledger.view(want), self.clock.monotonic())
        story = self.ledger.explain(want)
        assert [lane.account for lane in story.lanes if lane.place] == [each.lane.account for each in order]
        assert story.taken == (order[0].lane.account if order else None)
        assert rank(want, self.ledger.view(want), self.clock.monotonic()) == order

    def candidates(self, group: str, model: str) -> set[AccountId]:
        want = Want(group=group, model=model, deadline=0.0)
        return {each.lane.account for each in rank(want, self.ledger.view(want), self.clock.monotonic())}

    @rule(name=names)
    def mend(self, name: str) -> None:
        self.gone.discard(name)
        self.act(lambda: self.ledger.put(an_account(name)))

    @rule(name=names)
    def drop(self, name: str) -> None:
        self.gone.add(name)
        self.forget_who_is_gone(name)
        self.act(lambda: self.ledger.drop(AccountId(name)))

    def settle(self, grant: Grant, outcome: Outcome) -> None:
        self.ledger.report(grant.lease, outcome)
        self.ledger.release(grant.lease)
        self.ledger.release(grant.lease)
        self.forget_who_is_gone(grant.lane.account)

    def forget_who_is_gone(self, name: str) -> None:
        """Of an account that was dropped nothing is left once its last lease has ended."""
        if name in self.gone and not any(grant.lane.account == name for grant in self.held):
            self.rests = {key: rest for key, rest in self.rests.items() if key[0] != name}

    @invariant()
    def caps_hold(self) -> None:
        by_account = Counter(grant.lane.account for grant in self.held)
        by_model = Counter(grant.lane.bucket for grant in self.held)
        if self.held and self.limits.per_account:
            assert max(by_account.values()) <= self.limits.per_account
        if self.held and self.limits.per_model:
            assert max(by_model.values()) <= self.limits.per_model

    @invariant()
    def nobody_waits_for_what_is_there(self) -> None:
        now = self.clock.monotonic()
        for asking in self.waiting:
            assert not rank(asking.want, self.ledger.view(asking.want), now)
            assert asking.want.deadline > now

    @invariant()
    def the_counts_at_hand_are_those_of_the_whole_view(self) -> None:
        """Of one bucket after each step, in turn: all of them would cost more than the steps."""
        if not self.asked:
            return
        self.looks += 1
        now, (group, model) = self.clock.monotonic(), BUCKETS[self.looks % len(BUCKETS)]
        for avoid in (frozenset[AccountId](), frozenset({AccountId("anna")})):
            want = Want(group=group, model=model, deadline=0.0, avoid=avoid)
            view = self.ledger.view(want)
            assert self.ledger.why_not(want) == wait_for(shortage_of(want, view, now), now)

    def teardown(self) -> None:
        while self.held:
            grant = self.held.pop()
            self.act(lambda grant=grant: self.settle(grant, NEUTRAL))
        self.act(lambda: self.clock.advance(1000.0))
        for grant in self.held:
            self.settle_now(grant)
        assert not self.waiting
        assert all(self.ledger.in_flight(AccountId(name)) == 0 for name in NAMES)
        self.loop.run_until_complete(self.ledger.aclose())
        self.loop.close()

    def settle_now(self, grant: Grant) -> None:
        self.act(lambda: self.settle(grant, NEUTRAL))


# In CI a hundred thousand steps, in long runs of few examples: setting up costs more than a step.
# A failure is shown as it was found: making it smaller would take longer than CI has.
IN_CI = settings(
    max_examples=500, stateful_step_count=200, deadline=None, phases=[Phase.explicit, Phase.generate]
)
AT_HOME = settings(max_examples=60, stateful_step_count=40, deadline=None)
PoolMachine.TestCase.settings = IN_CI if os.environ.get("CI") else AT_HOME
TestPool = pytest.mark.timeout(900)(PoolMachine.TestCase)
