"""Changers fail closed, watchers are contained. Source: architecture 8.6."""

import asyncio
from functools import partial
from typing import Any

import pytest

from app.errors import AddonFailure, Forbidden
from app.flow import Attempt, Flow
from app.hooks import call
from app.hooks.listener import listener
from app.ir.events import Begin, Event, TextDelta, TextOpen
from tests.support.flows import a_flow, an_attempt


async def marking(flow: Flow) -> None:
    flow.note("marked")


async def refusing(flow: Flow) -> None:
    raise Forbidden("Not on Sundays.")


async def crashing(flow: Flow) -> None:
    raise KeyError("a bug of an addon")


async def test_changers_are_called_in_order() -> None:
    flow = a_flow()

    async def later(_: Flow) -> None:
        flow.note("later")

    await call.change_flow((marking, later), flow)

    assert [note.word for note in flow.notes] == ["marked", "later"]


async def test_a_changer_refuses_in_its_own_words() -> None:
    flow = a_flow()

    with pytest.raises(Forbidden, match="Sundays"):
        await call.change_flow((refusing, marking), flow)

    assert flow.notes == []


async def test_a_changer_that_crashes_stops_the_request() -> None:
    flow = a_flow()

    with pytest.raises(AddonFailure, match="crashing") as caught:
        await call.change_flow((crashing, marking), flow)

    assert isinstance(caught.value.__cause__, KeyError)
    assert "a bug of" not in caught.value.message
    assert flow.notes == []


async def test_hooks_about_an_attempt_see_it_and_fail_closed_too() -> None:
    flow = a_flow()
    attempt = an_attempt(flow)
    seen: list[int] = []

    async def looking(_: Flow, one: Attempt) -> None:
        seen.append(one.number)

    async def bad(_: Flow, one: Attempt) -> None:
        raise ValueError

    async def no(_: Flow, one: Attempt) -> None:
        raise Forbidden("No.")

    await call.change_attempt((looking,), flow, attempt)
    with pytest.raises(AddonFailure):
        await call.change_attempt((bad,), flow, attempt)
    with pytest.raises(Forbidden):
        await call.change_attempt((no,), flow, attempt)

    assert seen == [1]


def test_a_listener_may_keep_change_double_and_drop_events() -> None:
    def shout(flow: Flow, event: Event) -> Event | tuple[Event, ...] | None:
        match event:
            case TextDelta(text="drop"):
                return None
            case TextDelta(text="double"):
                return (event, event)
            case TextDelta(text=text):
                return TextDelta(text.upper())
            case _:
                return event

    def bang(flow: Flow, event: Event) -> Event:
        return TextDelta(event.text + "!") if isinstance(event, TextDelta) else event

    apply = call.event_filter((shout, bang), a_flow())
    opening: list[Event] = [Begin("r", "m"), TextOpen()]

    assert [apply(event) for event in opening] == [(event,) for event in opening]
    assert apply(TextDelta("drop")) == ()
    assert apply(TextDelta("double")) == (TextDelta("double!"), TextDelta("double!"))
    assert apply(TextDelta("hello")) == (TextDelta("HELLO!"),)


def test_a_listener_that_crashes_stops_the_stream_and_one_that_refuses_says_why() -> None:
    def crash(flow: Flow, event: Event) -> Event:
        raise ZeroDivisionError

    def refuse(flow: Flow, event: Event) -> Event:
        raise Forbidden("No.")

    with pytest.raises(AddonFailure):
        call.event_filter((crash,), a_flow())(TextDelta("x"))
    with pytest.raises(Forbidden):
        call.event_filter((refuse,), a_flow())(TextDelta("x"))


async def test_nothing_that_a_watcher_raises_gets_out(capsys: pytest.CaptureFixture[str]) -> None:
    await call.watch(partial(crashing, a_flow()))
    await call.watch(partial(refusing, a_flow()))

    told = capsys.readouterr().out
    assert told.count("watcher failed") == 2
    assert "crashing" in told, "the addon's hook is named, not the wrapping around it"


async def test_a_watcher_has_a_limited_time(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(call, "WATCHER_LIMIT_S", 0.01)

    await call.watch(partial(_wait, asyncio.Event()))

    assert "watcher took too long" in capsys.readouterr().out


async def test_a_cancellation_passes_through_a_watcher() -> None:
    task = asyncio.ensure_future(call.watch(partial(_wait, asyncio.Event())))
    await asyncio.sleep(0)

    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task


async def _wait(event: asyncio.Event) -> None:
    await event.wait()


async def test_whatever_goes_wrong_is_counted_for_the_addon_it_went_wrong_in(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Spec: admin-ui.md 2.3, System: addons with their errors."""
    monkeypatch.setattr(call, "WATCHER_LIMIT_S", 0.01)
    monkeypatch.setattr(call, "CHANGER_LIMIT_S", 0.01)
    told: list[str] = []

    def a(hook: Any) -> Any:
        return listener(hook, "mine", lambda name, words: told.append(f"{name}: {words}"))

    async def hanging(flow: Flow) -> None:
        await asyncio.Event().wait()

    for hook in (crashing, hanging):
        await call.watch(partial(a(hook), a_flow()))
        with pytest.raises(AddonFailure):
            await call.change_flow((a(hook),), a_flow())
    with pytest.raises(AddonFailure):
        call.event_filter((a(lambda flow, event: 5),), a_flow())(TextDelta("x"))

    assert [words.partition(" ")[0] for words in told] == ["mine:"] * 5
    assert "crashing failed: KeyError" in told[0]
    assert "hanging took longer than 0.01 s" in told[2]
    assert "returned int, which is no event" in told[4]


async def test_a_refusal_is_nothing_that_went_wrong() -> None:
    told: list[str] = []
    hook = listener(refusing, "mine", lambda name, words: told.append(words))

    with pytest.raises(Forbidden):
        await call.change_flow((hook,), a_flow())

    assert told == []


async def test_a_changer_that_waits_has_a_limited_time_whatever_limits_it_set_itself(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Spec: architecture 8.3."""
    monkeypatch.setattr(call, "CHANGER_LIMIT_S", 0.01)
    seen: list[str] = []

    async def waiting(flow: Flow) -> None:
        async with asyncio.timeout(1000):
            try:
                async with asyncio.timeout(0):
                    await asyncio.Event().wait()
            except TimeoutError:
                seen.append("its own limit")
            await asyncio.Event().wait()

    with pytest.raises(AddonFailure):
        await call.change_flow((waiting,), a_flow())

    task = asyncio.current_task()
    assert task is not None
    assert (seen, task.cancelling()) == (["its own limit"], 0)


def test_an_event_hook_that_is_made_of_another_function_keeps_what_it_is_bound_to() -> None:
    def prefixed(prefix: str, flow: Flow, event: Event) -> Event:
        return TextDelta(prefix + event.text) if isinstance(event, TextDelta) else event

    hook = listener(partial(prefixed, ">"), "mine", lambda _name, _words: None)
    apply = call.event_filter((hook,), a_flow())

    apply(Begin("id", "model"))
    apply(TextOpen())
    assert apply(TextDelta("x")) == (TextDelta(">x"),)
