from random import Random

import pytest

from app.simulator.directives import Wishes, parse
from app.simulator.toolcalls import PlannedCall, plan_calls
from app.simulator.wire import (
    Content,
    FunctionCallingConfig,
    FunctionDeclaration,
    GenerateRequest,
    Part,
    Tool,
    ToolConfig,
)

WEATHER = FunctionDeclaration(
    name="get_weather",
    description="Tells the weather of a city.",
    parameters={"type": "OBJECT", "properties": {"city": {"type": "STRING"}}, "required": ["city"]},
)
SEARCH = FunctionDeclaration(
    name="searchDocuments",
    description="Looks through the archive of invoices, contracts and letters.",
    parameters={"type": "OBJECT", "properties": {"query": {"type": "STRING"}}},
)


def a_plan(
    text: str, mode: str = "AUTO", *, allowed: tuple[str, ...] = (), done: int = 0
) -> list[PlannedCall]:
    request = GenerateRequest(
        contents=(Content("user", (Part(text=text),)),),
        tools=(Tool(function_declarations=(WEATHER, SEARCH)),),
        tool_config=ToolConfig(FunctionCallingConfig(mode, allowed)),
    )
    return plan_calls(request, parse(text), text, done, Random(1))


@pytest.mark.parametrize(
    "text",
    [
        "What's the weather in New York today?",
        "Please run get_weather for New York",
        "Use a tool for New York, please",
    ],
)
def test_words_that_point_at_a_tool_call_it(text: str) -> None:
    """A person in the demo asks in plain words."""
    assert a_plan(text)[0] == PlannedCall("get_weather", {"city": "New York"})


def test_words_that_point_at_a_description_call_its_tool() -> None:
    """A person in the demo asks in plain words."""
    text = "Look in the archive for contracts and letters from May"

    assert a_plan(text) == [PlannedCall("searchDocuments", {"query": text})]


def test_other_words_call_nothing() -> None:
    """upstream.md 5.7: AUTO lets the model decide."""
    assert a_plan("Tell me a joke") == []


def test_mode_any_always_calls_and_keeps_to_the_allowed_names() -> None:
    """upstream.md 5.7."""
    assert [call.name for call in a_plan("Tell me a joke", "ANY")] == ["get_weather"]
    assert [call.name for call in a_plan("The weather?", "ANY", allowed=("searchDocuments",))] == [
        "searchDocuments"
    ]


def test_mode_none_never_calls() -> None:
    """upstream.md 5.7, 9.4."""
    assert a_plan("[[sim: tool=get_weather]] weather", "NONE") == []


def test_directives_call_as_often_as_they_say() -> None:
    """upstream.md 9.4."""
    assert [call.name for call in a_plan("[[sim: tools=2]]")] == ["get_weather", "searchDocuments"]
    assert a_plan("[[sim: tools=2]]", done=1) == []
    assert len(a_plan("[[sim: tools=1 rounds=3]]", done=2)) == 1


def test_after_results_plain_words_call_no_more() -> None:
    """upstream.md 9.4: the tool loop ends with a text."""
    assert a_plan("What's the weather in Paris?", done=1) == []


@pytest.mark.parametrize(
    ("name", "text", "is_called"),
    [
        ("Write", "write me a poem", False),
        ("Write", "use Write for this", True),
        ("bash", "a bash on the head", False),
        ("bash", "run it with the bash tool", True),
        ("calculator", "ask the Calculator", True),
        ("read_file", "read the file", True),
        ("read_file", "read the news", False),
    ],
)
def test_everyday_words_are_no_calls(name: str, text: str, *, is_called: bool) -> None:
    """A person who wants a poem does not want a file written."""
    request = GenerateRequest(tools=(Tool(function_declarations=(FunctionDeclaration(name=name),)),))

    assert bool(plan_calls(request, Wishes(), text, 0, Random(1))) is is_called


def test_without_tools_nothing_is_called() -> None:
    """upstream.md 5.7."""
    assert plan_calls(GenerateRequest(), Wishes(), "weather", 0, Random(1)) == []
