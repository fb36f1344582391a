"""How stages become one function. Source: architecture 7.2."""

from typing import ClassVar

from app.flow import Flow
from app.pipeline.stage import Proceed, compose
from tests.support.flows import a_flow


class Telling:
    """Notes when it is entered and left; goes on as often as it is told to."""

    name: ClassVar[str] = "telling"

    def __init__(self, word: str, times: int = 1) -> None:
        self._word = word
        self._times = times

    async def __call__(self, flow: Flow, proceed: Proceed) -> None:
        for number in range(self._times):
            flow.note(f"{self._word} in {number}")
            await proceed(flow)
            flow.note(f"{self._word} out {number}")


async def test_stages_enclose_each_other_in_order() -> None:
    flow = a_flow()

    await compose([Telling("a"), Telling("b")])(flow)

    assert [note.word for note in flow.notes] == ["a in 0", "b in 0", "b out 0", "a out 0"]


async def test_a_stage_may_go_on_twice_to_heal() -> None:
    flow = a_flow()

    await compose([Telling("a", times=2), Telling("b")])(flow)

    words = [note.word for note in flow.notes]
    assert words == ["a in 0", "b in 0", "b out 0", "a out 0", "a in 1", "a out 1"]  # notes stand once


async def test_no_stage_at_all_is_a_function_too() -> None:
    await compose([])(a_flow())
