"""Shortens what tools gave back."""

import pytest
from msgspec.structs import replace

from app.addons.tool_output_limit import Options, ToolOutputLimit
from app.flow import Flow
from app.hooks.errors import BadOption
from app.ir.parts import Text, ToolCall, ToolResult
from app.ir.prompt import Turn
from tests.support.flows import a_flow


def a_flow_with(output: str) -> Flow:
    flow = a_flow()
    turns = (
        Turn("model", (ToolCall("1", "read"),)),
        Turn("user", (ToolResult("1", "read", (Text(output),)), Text("x" * 100))),
    )
    flow.prompt = replace(flow.asked, turns=turns)
    return flow


def a_limit(most: int, tail: float = 0.25) -> ToolOutputLimit:
    addon = ToolOutputLimit()
    addon.configure(Options(most, tail))
    return addon


async def test_long_output_keeps_its_beginning_and_its_end() -> None:
    flow = a_flow_with("a" * 50 + "b" * 50)

    await a_limit(20).prompt_read(flow)

    result, said = flow.asked.turns[1].parts
    assert isinstance(result, ToolResult)
    assert result.parts == (Text("a" * 15 + "\n[... 80 characters left out ...]\n" + "b" * 5),)
    assert said == Text("x" * 100), "only what tools gave back is shortened"
    assert [note.word for note in flow.notes] == ["tool-output-shortened"]


async def test_short_output_stays_as_it_is() -> None:
    flow = a_flow_with("short")
    before = flow.prompt

    await a_limit(20).prompt_read(flow)

    assert flow.prompt is before


def test_without_a_limit_there_is_nothing_to_do() -> None:
    assert not a_limit(0).active
    assert a_limit(1).active


@pytest.mark.parametrize("options", [Options(-1), Options(1, 1.5)])
def test_a_limit_that_makes_no_sense_is_refused(options: Options) -> None:
    with pytest.raises(BadOption):
        ToolOutputLimit().configure(options)
