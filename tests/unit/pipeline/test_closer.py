"""What happens after a flow. Source: architecture 8.6."""

import asyncio
from typing import Any

import pytest

from app.flow import Attempt, Flow
from app.hooks import call
from app.hooks.listener import listener
from app.hooks.table import HookTable
from app.ids import AccountId
from app.observe.logging import current_flow
from app.pipeline.closer import Closer
from app.pool.model import PoolChange
from tests.support.flows import a_flow, an_attempt


class Watchers:
    """Write down what they see."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.hold: asyncio.Event | None = None

    async def attempt_ended(self, flow: Flow, attempt: Attempt) -> None:
        self.seen.append(f"attempt {attempt.number}")

    async def flow_closed(self, flow: Flow) -> None:
        if self.hold is not None:
            await self.hold.wait()
        self.seen.append("closed")

    async def broken(self, flow: Flow) -> None:
        raise RuntimeError("a bug of an addon")


def a_tried_flow(attempts: int = 2) -> Flow:
    flow = a_flow()
    for _ in range(attempts):
        an_attempt(flow)
    return flow


async def test_attempts_are_watched_in_order_and_the_flow_last() -> None:
    watchers = Watchers()
    hooks = HookTable(attempt_ended=(watchers.attempt_ended,), flow_closed=(watchers.flow_closed,))
    closer = Closer()
    closer.start()

    closer.take(a_tried_flow(), hooks)
    await closer.stop()

    assert watchers.seen == ["attempt 1", "attempt 2", "closed"]


async def test_a_watcher_that_fails_keeps_none_of_the_others_from_watching() -> None:
    watchers = Watchers()
    hooks = HookTable(flow_closed=(watchers.broken, watchers.flow_closed))
    closer = Closer()
    closer.start()

    closer.take(a_flow(), hooks)
    closer.take(a_flow(), hooks)
    await closer.stop()

    assert watchers.seen == ["closed", "closed"]


async def test_a_watcher_that_takes_too_long_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(call, "WATCHER_LIMIT_S", 0.01)
    slow, quick = Watchers(), Watchers()
    slow.hold = asyncio.Event()
    hooks = HookTable(flow_closed=(slow.flow_closed, quick.flow_closed))
    closer = Closer()
    closer.start()

    closer.take(a_flow(), hooks)
    await closer.stop()

    assert (slow.seen, quick.seen) == ([], ["closed"])


async def test_stopping_drains_what_is_left() -> None:
    watchers = Watchers()
    watchers.hold = asyncio.Event()
    hooks = HookTable(flow_closed=(watchers.flow_closed,))
    closer = Closer()
    closer.start()
    for _ in range(3):
        closer.take(a_flow(), hooks)

    stopping = asyncio.ensure_future(closer.stop())
    await asyncio.sleep(0)
    assert not stopping.done()
    watchers.hold.set()
    await stopping

    assert watchers.seen == ["closed"] * 3


async def test_flows_that_nobody_watches_are_not_kept() -> None:
    hooks = HookTable()
    closer = Closer()

    closer.take(a_flow(), hooks)
    await closer.stop()


async def test_a_watcher_that_cancels_what_it_runs_in_ends_nothing_but_itself() -> None:
    troubles: list[str] = []
    watchers = Watchers()

    async def raising(flow: Flow) -> None:
        raise asyncio.CancelledError

    async def cancelling(flow: Flow) -> None:
        task = asyncio.current_task()
        assert task is not None
        task.cancel()

    hooks = HookTable(flow_closed=(raising, cancelling, watchers.flow_closed))
    closer = Closer(lambda: troubles.append("trouble"))
    closer.start()

    for _ in range(2):
        closer.take(a_flow(), hooks)
    await closer.caught_up()
    await closer.stop()

    assert watchers.seen == ["closed", "closed"]
    assert len(troubles) == 4


async def test_stopping_waits_for_a_while_and_not_for_ever(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("app.pipeline.closer.DRAIN_S", 0.01)
    watchers = Watchers()
    watchers.hold = asyncio.Event()
    closer = Closer()
    closer.start()
    closer.take(a_flow(), HookTable(flow_closed=(watchers.flow_closed,)))

    await closer.stop()

    assert "watchers left behind" in capsys.readouterr().out


async def test_changes_in_the_pool_are_watched_in_the_same_line() -> None:
    seen: list[str] = []

    async def changed(change: PoolChange) -> None:
        seen.append(change.kind)

    closer = Closer()
    closer.start()
    closer.tell(PoolChange("added", AccountId("anna")), HookTable(pool_changed=(changed,)))
    closer.tell(PoolChange("removed", AccountId("anna")), HookTable())
    await closer.stop()

    assert seen == ["added"]


async def test_watchers_that_fall_behind_are_warned_about_once(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("app.pipeline.closer.BEHIND", 2)
    hooks = HookTable(flow_closed=(Watchers().flow_closed,))
    closer = Closer()

    for _ in range(3):
        closer.take(a_flow(), hooks)

    assert capsys.readouterr().out.count("watchers fall behind") == 1
    closer.start()
    await closer.stop()


def of(owner: str, hook: Any) -> Any:
    return listener(hook, owner, lambda name, words: None)


async def test_an_addon_that_hangs_does_not_keep_another_one_waiting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Spec: architecture 8.6."""
    monkeypatch.setattr(call, "WATCHER_LIMIT_S", 1000.0)
    slow, quick = Watchers(), Watchers()
    slow.hold = asyncio.Event()
    hooks = HookTable(flow_closed=(of("slow", slow.flow_closed), of("quick", quick.flow_closed)))
    closer = Closer()
    closer.start()
    for _ in range(100):
        closer.take(a_flow(), hooks)

    async with asyncio.timeout(10):
        while len(quick.seen) < 100:
            await asyncio.sleep(0)
    assert slow.seen == []

    slow.hold.set()
    await closer.stop()
    assert slow.seen == ["closed"] * 100


async def test_what_a_watcher_logs_belongs_to_no_other_flow() -> None:
    """A lane begins while some flow runs, and goes on long after it."""
    flows: list[str] = []

    async def telling(flow: Flow) -> None:
        flows.append(current_flow.get())

    closer = Closer()
    closer.start()
    current_flow.set("the flow that happened to be first")
    closer.take(a_flow(), HookTable(flow_closed=(of("telling", telling),)))
    await closer.stop()
    current_flow.set("")

    assert flows == [""]


async def test_what_is_told_while_lanes_end_keeps_none_of_them_from_ending(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Spec: architecture 6: pool and jobs end after the watchers, and may still tell of something."""
    monkeypatch.setattr(call, "WATCHER_LIMIT_S", 1000.0)
    monkeypatch.setattr("app.pipeline.closer.DRAIN_S", 0.01)
    watchers = Watchers()
    closer = Closer()

    async def flow_closed(flow: Flow) -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            watchers.seen.append("ended")
            closer.tell(
                PoolChange("added", AccountId("anna")), HookTable(pool_changed=(of("late", changed),))
            )
            raise

    async def changed(change: PoolChange) -> None:
        watchers.seen.append("changed")

    before = asyncio.all_tasks()
    closer.start()
    closer.take(a_flow(), HookTable(flow_closed=(of("slow", flow_closed), of("quick", watchers.flow_closed))))
    await closer.stop()

    assert watchers.seen == ["closed", "ended"]
    assert asyncio.all_tasks() == before
