"""The body to a prompt. Source: openai.md 5, anthropic.md 3."""

import msgspec
import pytest

from app.errors import BadRequest
from app.flow import Flow
from app.hooks.table import HookTable
from app.ir.parts import Text, ToolResult
from app.pipeline.stages.read import Read
from tests.support.clock import ManualClock
from tests.support.flows import a_body, a_new_flow, nothing


async def read(flow: Flow, hooks: HookTable | None = None) -> Flow:
    await Read(ManualClock(), hooks or HookTable())(flow, nothing)
    return flow


@pytest.mark.parametrize("dialect", ["openai_chat", "anthropic"])
async def test_the_dialect_reads_the_body(dialect: str) -> None:
    body = a_body()

    flow = await read(a_new_flow(dialect, body=body))

    assert flow.asked.turns[0].parts == (Text("Hello"),)
    assert (flow.body_size, flow.marks.read, flow.streams) == (len(body), 1000.0, True)


async def test_history_is_in_a_shape_that_any_upstream_accepts() -> None:
    """anthropic.md 10: every call has its result."""
    call = {"id": "call_1", "type": "function", "function": {"name": "ls", "arguments": "{}"}}
    said = [
        {"role": "user", "content": "Hello"},
        {"role": "assistant", "tool_calls": [call]},
        {"role": "user", "content": "Never mind"},
    ]

    flow = await read(a_new_flow(body=msgspec.json.encode({"model": "m", "messages": said})))

    assert isinstance(flow.asked.turns[2].parts[0], ToolResult)


async def test_what_parsing_dropped_becomes_a_note() -> None:
    flow = await read(a_new_flow(body=a_body(tools=[{"type": "code_interpreter"}])))

    assert [note.word for note in flow.notes] == ["tools-dropped"]


async def test_a_body_that_cannot_be_read_is_the_callers_fault() -> None:
    with pytest.raises(BadRequest):
        await read(a_new_flow(body=b"nope"))


@pytest.mark.parametrize("dialect", ["openai_chat", "anthropic"])
@pytest.mark.parametrize("name", ["model", "messages", "stream", "tools"])
async def test_what_is_there_twice_is_refused_where_it_matters(dialect: str, name: str) -> None:
    """faults.md F095."""
    values = {"model": '"m"', "messages": "[]", "stream": "true", "tools": "[]"}
    whole = a_body(tools=[]).decode()
    body = f'{whole[:-1]}, "{name}": {values[name]}}}'.encode()

    with pytest.raises(BadRequest) as caught:
        await read(a_new_flow(dialect, body=body))

    assert (caught.value.reason, caught.value.where) == ("duplicate_key", name)


async def test_hooks_may_change_the_prompt() -> None:
    async def polite(flow: Flow) -> None:
        flow.prompt = msgspec.structs.replace(flow.asked, system=("Be polite.",))

    flow = await read(a_new_flow(), HookTable(prompt_read=(polite,)))

    assert flow.asked.system == ("Be polite.",)
