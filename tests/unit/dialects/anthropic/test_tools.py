"""Tools and tool choice."""

from typing import Any

import pytest

from app.errors import BadRequest
from app.ir.prompt import Prompt, ToolChoice, ToolSpec, WebSearch
from tests.support.anthropic import SEARCH_TOOL, a_tool, assistant, call, parsed, result, user

SCHEMA = {"type": "object", "properties": {"b": {"type": "string"}, "a": {"type": "integer"}}}


def names(prompt: Prompt) -> list[str]:
    return [tool.name for tool in prompt.tools]


def refused(where: str, **request: object) -> None:
    with pytest.raises(BadRequest) as caught:
        parsed(**request)  # type: ignore[arg-type]  # the request's members are any JSON
    assert caught.value.where == where


def test_a_custom_tool_keeps_its_schema_as_it_was_spelled() -> None:
    """anthropic.md 6.1."""
    tool = {
        "name": "mcp__a.b",
        "type": "custom",
        "description": "Does it.",
        "input_schema": SCHEMA,
        "cache_control": {"type": "ephemeral"},
        "strict": True,
        "input_examples": [{}],
    }

    spec = parsed(tools=[tool]).tools[0]

    assert spec == ToolSpec(
        "mcp__a.b",
        "Does it.",
        b'{"type": "object", "properties": {"b": {"type": "string"}, "a": {"type": "integer"}}}',
    )


@pytest.mark.parametrize("schema", [{}, {"input_schema": None}, {"input_schema": "x"}, {"input_schema": []}])
def test_a_custom_tool_without_a_schema_takes_nothing(schema: dict[str, object]) -> None:
    """anthropic.md 6.1."""
    assert parsed(tools=[{"name": "Now"} | schema]).tools == (ToolSpec("Now"),)


def test_of_equal_names_the_first_tool_wins() -> None:
    """anthropic.md 6.1."""
    prompt = parsed(tools=[a_tool("A", description="one"), a_tool("B"), a_tool("A", description="two")])

    assert [(tool.name, tool.description) for tool in prompt.tools] == [("A", "one"), ("B", "")]


@pytest.mark.parametrize(
    "tool", [{}, {"name": ""}, {"name": " "}, {"type": "custom"}, {"type": "brand_new_1"}]
)
def test_a_tool_needs_a_name_or_a_known_type(tool: dict[str, object]) -> None:
    """anthropic.md 6.1."""
    refused("tools.1.name", tools=[a_tool(), tool])


def test_a_server_tool_beside_others_is_dropped_with_a_note() -> None:
    """anthropic.md 6.1, 17."""
    prompt = parsed(tools=[{"type": "web_fetch_20250910", "name": "web_fetch"}, SEARCH_TOOL, a_tool()])

    assert names(prompt) == ["Bash"]
    assert prompt.search is None
    assert prompt.notes == ("tools-dropped",)


@pytest.mark.parametrize(
    "kind", ["web_fetch_1", "code_execution_1", "tool_search_tool_regex_1", "mcp_toolset", "advisor_1"]
)
def test_a_server_tool_alone_or_demanded_is_refused(kind: str) -> None:
    """anthropic.md 3.2, 6.1."""
    tool = {"type": kind, "name": "it"}

    refused("tools.0", tools=[tool])
    refused("tools.1", tools=[a_tool(), tool], tool_choice={"type": "tool", "name": "it"})


def test_a_function_with_a_server_tools_name_is_a_function() -> None:
    """anthropic.md 17."""
    prompt = parsed(
        tools=[a_tool("web_search"), SEARCH_TOOL], tool_choice={"type": "tool", "name": "web_search"}
    )

    assert names(prompt) == ["web_search"]
    assert prompt.tool_choice == ToolChoice("any", ("web_search",))
    assert names(parsed(tools=[SEARCH_TOOL | {"input_schema": SCHEMA}])) == ["web_search"]


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        (None, ToolChoice()),
        ("auto", ToolChoice()),
        ({"type": "auto"}, ToolChoice()),
        ("any", ToolChoice("any")),
        ({"type": "any"}, ToolChoice("any")),
        ({"type": "tool", "name": "Bash"}, ToolChoice("any", ("Bash",))),
        ("none", ToolChoice("none")),
        ({"type": "none"}, ToolChoice("none")),
    ],
)
def test_the_tool_choice_is_kept(choice: object, expected: ToolChoice) -> None:
    """anthropic.md 6.3."""
    prompt = parsed(tools=[a_tool()], tool_choice=choice)

    assert prompt.tool_choice == expected
    assert names(prompt) == ["Bash"]
    assert prompt.parallel_calls


@pytest.mark.parametrize(
    ("choice", "where"),
    [
        ({"type": "tool", "name": "Other"}, "tool_choice.name"),
        ({"type": "tool"}, "tool_choice.name"),
        ("tool", "tool_choice.name"),
        ({"type": "sometimes"}, "tool_choice.type"),
        ("sometimes", "tool_choice.type"),
        ({}, "tool_choice.type"),
        (5, "tool_choice"),
    ],
)
def test_a_tool_choice_that_cannot_be_met_is_refused(choice: object, where: str) -> None:
    """anthropic.md 6.3."""
    refused(where, tools=[a_tool()], tool_choice=choice)


def test_without_tools_a_choice_is_ignored_or_refused() -> None:
    """anthropic.md 6.3."""
    assert parsed(tool_choice={"type": "auto"}).tool_choice == ToolChoice()
    assert parsed(tool_choice="none", tools=[]).tool_choice == ToolChoice()
    refused("tool_choice", tool_choice="any")
    refused("tool_choice.name", tool_choice={"type": "tool", "name": "Bash"})


def test_parallel_calls_can_be_switched_off() -> None:
    """anthropic.md 6.3."""
    choice = {"type": "auto", "disable_parallel_tool_use": True}

    assert not parsed(tools=[a_tool()], tool_choice=choice).parallel_calls
    assert parsed(tools=[a_tool()], tool_choice=choice | {"disable_parallel_tool_use": None}).parallel_calls


DEFERRED = a_tool("WebSearch", defer_loading=True)
PLACEHOLDER = a_tool("DeferredToolPlaceholder", defer_loading=True)
REFERENCE = {"type": "tool_reference", "tool_name": "WebSearch"}
ADDED = {"type": "tool_addition", "tool": {"type": "tool_reference", "name": "WebSearch"}}
REMOVED = {"type": "tool_removal", "tool": {"type": "tool_reference", "name": "WebSearch"}}


def system(*blocks: dict[str, Any]) -> dict[str, Any]:
    return {"role": "system", "content": list(blocks)}


FOUND = (user("hi"), assistant(call("t1", "ToolSearch")), user(result("t1", [REFERENCE])))


@pytest.mark.parametrize(
    ("messages", "declared"),
    [
        ((user("hi"),), False),
        (FOUND, True),
        ((user("hi"), system(ADDED)), True),
        ((user("hi"), system(ADDED), system(REMOVED)), False),
        ((user("hi"), system(REMOVED), system(ADDED)), True),
        ((*FOUND, system(REMOVED)), False),
        ((user("hi"), assistant(call("t1", "WebSearch")), user(result("t1"))), True),
        ((user("hi"), assistant(call("t1", "WebSearch")), user(result("t1")), system(REMOVED)), True),
    ],
    ids=["never", "found", "added", "removed", "added again", "found, removed", "called", "called, removed"],
)
def test_a_deferred_tool_is_declared_once_the_history_knows_it(
    messages: tuple[dict[str, Any], ...], declared: bool
) -> None:
    """anthropic.md 6.5 and 23, property 30."""
    prompt = parsed(*messages, tools=[a_tool("ToolSearch"), DEFERRED, PLACEHOLDER])

    assert names(prompt) == (["ToolSearch", "WebSearch"] if declared else ["ToolSearch"])


def test_a_deferred_tool_that_is_demanded_is_declared() -> None:
    """anthropic.md 6.5 (ii)."""
    prompt = parsed(tools=[DEFERRED, PLACEHOLDER], tool_choice={"type": "tool", "name": "WebSearch"})

    assert names(prompt) == ["WebSearch"]


def test_with_a_tool_search_on_the_server_all_deferred_tools_are_declared() -> None:
    """anthropic.md 6.5 (v)."""
    finder = {"type": "tool_search_tool_bm25_20251119", "name": "tool_search_tool_bm25"}

    prompt = parsed(user("hi"), tools=[finder, DEFERRED, a_tool("B", defer_loading=True)])
    without = parsed(user("hi"), system(REMOVED), tools=[finder, DEFERRED, a_tool("B", defer_loading=True)])

    assert names(prompt) == ["WebSearch", "B"]
    assert names(without) == ["B"]
    assert prompt.notes == ("tools-dropped",)


def test_where_nothing_is_left_to_declare_nothing_is_chosen() -> None:
    """anthropic.md 6.5."""
    assert parsed(tools=[DEFERRED]).tools == ()
    assert parsed(tools=[DEFERRED], tool_choice="none").tool_choice == ToolChoice()
    refused("tool_choice", tools=[DEFERRED], tool_choice="any")


def test_web_search_alone_becomes_a_search_without_thinking_or_tools() -> None:
    """anthropic.md 17."""
    tool = SEARCH_TOOL | {"allowed_domains": ["a.example", "b.example"], "blocked_domains": None}

    prompt = parsed(
        tools=[tool],
        tool_choice={"type": "tool", "name": "web_search"},
        thinking={"type": "enabled", "budget_tokens": 2000},
    )

    assert prompt.search == WebSearch(("a.example", "b.example"))
    assert prompt.tools == ()
    assert prompt.tool_choice == ToolChoice()
    assert prompt.thinking.mode == "off"


def test_a_later_version_of_web_search_needs_no_name() -> None:
    """anthropic.md 17."""
    prompt = parsed(tools=[{"type": "web_search_20991231", "blocked_domains": ["x.example"]}])

    assert prompt.search == WebSearch((), ("x.example",))


def test_web_search_that_is_not_wanted_is_a_plain_request() -> None:
    """anthropic.md 17."""
    prompt = parsed(tools=[SEARCH_TOOL], tool_choice={"type": "none"})

    assert prompt.search is None
    assert prompt.tools == ()


def test_a_server_tool_beside_web_search_is_dropped() -> None:
    """anthropic.md 6.1, 17."""
    prompt = parsed(tools=[SEARCH_TOOL, {"type": "web_fetch_1", "name": "web_fetch"}])

    assert prompt.search == WebSearch()
    assert prompt.notes == ("tools-dropped",)


def test_a_search_that_makes_no_sense_is_refused() -> None:
    """anthropic.md 17."""
    both = SEARCH_TOOL | {"allowed_domains": ["a"], "blocked_domains": ["b"]}

    refused("tools.0", tools=[both])
    refused("tools.0.allowed_domains", tools=[SEARCH_TOOL | {"allowed_domains": "a"}])
    refused("tools.0.blocked_domains", tools=[SEARCH_TOOL | {"blocked_domains": [5]}])
    refused("tool_choice.name", tools=[SEARCH_TOOL], tool_choice={"type": "tool", "name": "other"})


def test_web_search_that_is_demanded_beside_functions_is_refused() -> None:
    """anthropic.md 17."""
    refused("tools.1", tools=[a_tool(), SEARCH_TOOL], tool_choice={"type": "tool", "name": "web_search"})
