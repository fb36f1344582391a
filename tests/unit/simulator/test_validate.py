import json
from random import Random
from typing import Any

import msgspec
import pytest

from app.simulator.case import Case
from app.simulator.catalog import load_catalog
from app.simulator.errors import Refused
from app.simulator.signatures import SignatureSmith
from app.simulator.tokens import count_prompt
from app.simulator.validate import CHECKS, validate
from app.simulator.wire import GenerateRequest

GEMINI, CLAUDE, OSS, IMAGE = (
    "gemini-3-flash",
    "claude-sonnet-4-6",
    "gpt-oss-120b-medium",
    "gemini-3.1-flash-image",
)
SMITH = SignatureSmith(1)
C_SIGNATURE = SMITH.make("gemini", Random(5), bound_to="k1")
R_SIGNATURE = SMITH.make("claude", Random(5))
THINK = {"maxOutputTokens": 16000, "thinkingConfig": {"includeThoughts": True, "thinkingBudget": 2048}}
ID = "toolu_vrtx_01PDbPTJgBJ3AJ8BCnSXvUqk"


def user(*parts: Any) -> dict[str, Any]:
    return {"role": "user", "parts": [{"text": part} if isinstance(part, str) else part for part in parts]}


def model(*parts: Any) -> dict[str, Any]:
    return {"role": "model", "parts": list(parts)}


def call(name: str = "f", call_id: str = "k1", **more: Any) -> dict[str, Any]:
    return {"functionCall": {"name": name, "args": {}, "id": call_id}, **more}


def result(name: str = "f", call_id: str = "k1") -> dict[str, Any]:
    return {"functionResponse": {"name": name, "id": call_id, "response": {"result": 1}}}


def thought(signature: str | None = R_SIGNATURE, text: str = "Hm.") -> dict[str, Any]:
    part: dict[str, Any] = {"thought": True, "text": text}
    return part if signature is None else part | {"thoughtSignature": signature}


def tools(*schemas: dict[str, Any] | None, names: tuple[str, ...] = ("f", "g", "h")) -> list[dict[str, Any]]:
    declared: list[dict[str, Any]] = []
    for name, schema in zip(names, schemas, strict=False):
        declared.append({"name": name} if schema is None else {"name": name, "parameters": schema})
    return [{"functionDeclarations": declared}]


def refusal(model_id: str, *contents: Any, case: dict[str, Any] | None = None, **members: Any) -> str | None:
    """The message of the refusal, the inner one for Claude; None when the request is accepted."""
    found = load_catalog("catalog-2026-01").find(model_id) or load_catalog("catalog-2026-08").find(model_id)
    assert found is not None
    request = msgspec.convert({"contents": contents or [user("Hi")], **members}, GenerateRequest)
    examined = Case(
        model=found,
        request=request,
        rng=Random(1),
        smith=SMITH,
        prompt_tokens=count_prompt(request),
        **(case or {}),
    )
    try:
        validate(examined, frozenset())
    except Refused as refused:
        return message_of(refused)
    return None


def message_of(refused: Refused) -> str:
    body = json.loads(refused.reply.body)
    error = body[0]["error"] if isinstance(body, list) else body["error"]
    text: str = error["message"]
    if text.startswith("{"):
        assert json.loads(text)["error"]["type"] == "invalid_request_error"
        return str(json.loads(text)["error"]["message"])
    return text


def test_a_plain_request_passes_for_every_family() -> None:
    """upstream.md 9.3."""
    assert [refusal(name) for name in (GEMINI, CLAUDE, OSS, IMAGE)] == [None] * 4


def test_the_checks_stand_in_the_order_of_the_specification() -> None:
    """upstream.md 9.3, rows 10 to 15."""
    assert [name for name, _ in CHECKS] == ["contents", "tools", "pairing", "signatures", "config", "context"]


def test_a_check_can_be_switched_off() -> None:
    """upstream.md 9.3."""
    request = msgspec.convert({"contents": [model(call())]}, GenerateRequest)
    found = load_catalog("catalog-2026-08").find(GEMINI)
    assert found is not None
    case = Case(model=found, request=request, rng=Random(1), smith=SMITH, prompt_tokens=1)

    validate(case, frozenset({"contents", "pairing", "signatures"}))


INVALID = "Request contains an invalid argument."
DATA = "required oneof field 'data' must have one initialized field"


@pytest.mark.parametrize(
    ("model_id", "contents", "text"),
    [
        (GEMINI, [{"role": "assistant", "parts": [{"text": "x"}]}], "Please use a valid role: user, model."),
        (GEMINI, [{"role": "user", "parts": []}], "contents.parts must not be empty"),
        (GEMINI, [user({})], DATA),
        (GEMINI, [user({"thought": True})], DATA),
        (
            GEMINI,
            [user({"text": "a", "inlineData": {"mimeType": "image/png", "data": "AA=="}})],
            "already set",
        ),
        (GEMINI, [model({"text": "a"}), user("b")], "start with a user turn"),
        (GEMINI, [user({"inlineData": {"data": "AA=="}})], INVALID),
        (OSS, [user({"inlineData": {"mimeType": "image/png", "data": "AA=="}})], INVALID),
        (CLAUDE, [user({"fileData": {"mimeType": "image/png", "fileUri": "gs://x"}})], INVALID),
        (CLAUDE, [user("")], "messages: text content blocks must be non-empty"),
        (CLAUDE, [user(" \n")], "messages: text content blocks must contain non-whitespace text"),
        (
            CLAUDE,
            [user("a"), model({"thought": True, "thoughtSignature": R_SIGNATURE}), user("b")],
            "Unknown Error.",
        ),
    ],
)
def test_turns_and_parts_are_looked_at(model_id: str, contents: list[Any], text: str) -> None:
    """upstream.md 5.2, 5.3, 5.6."""
    assert text in (refusal(model_id, *contents) or "accepted")


def test_empty_contents_are_refused() -> None:
    """upstream.md 3.3."""
    assert refusal(GEMINI, contents=[]) == INVALID


def test_a_system_instruction_is_text_and_not_for_pictures() -> None:
    """upstream.md 5.5, 5.11."""
    system = {"parts": [{"text": "Be nice."}]}

    assert refusal(CLAUDE, systemInstruction=system) is None
    assert refusal(IMAGE, systemInstruction=system) is not None
    assert refusal(GEMINI, systemInstruction={"parts": []}) == INVALID


STRING = {"type": "string"}
EMPTY = {"type": "object"}


@pytest.mark.parametrize(
    ("schema", "text"),
    [
        ({"type": "string"}, "should be of type OBJECT"),
        ({"properties": {"a": STRING}}, "should be of type OBJECT"),
        ({"type": "object", "properties": {}}, "should be non-empty for OBJECT type"),
        ({"type": "object", "properties": {"a": {"type": "array"}}}, "properties[a].items: missing field"),
        ({"type": "object", "required": ["a"]}, "required[0]: property is not defined"),
        (
            {"type": "object", "properties": {"a": {"type": "integer", "enum": ["1"]}}},
            "only allowed for STRING type",
        ),
        (
            {"type": "object", "properties": {"a": {"type": "string", "enum": [""]}}},
            "enum[0]: cannot be empty",
        ),
        (
            {"type": "object", "properties": {"a": {"type": "string", "format": "uri"}}},
            "only 'enum' and 'date-time'",
        ),
        (
            {"type": "object", "properties": {"a": {"type": "string", "format": "enum"}}},
            "should be non-empty for STRING type with enum format",
        ),
        (
            {"type": "object", "properties": {"a": {"type": "string", "anyOf": [STRING]}}},
            "specified other fields alongside any_of",
        ),
    ],
)
def test_schemas_must_make_sense(schema: dict[str, Any], text: str) -> None:
    """upstream.md 5.7; the texts of tool-schemas.md 1."""
    assert text in (refusal(GEMINI, tools=tools(schema)) or "accepted")


@pytest.mark.parametrize("name", ["a", "_x", "mcp:server.tool-1", "n" * 64])
def test_legal_tool_names_pass(name: str) -> None:
    """upstream.md appendix B."""
    assert refusal(GEMINI, tools=tools(EMPTY, names=(name,))) is None


@pytest.mark.parametrize("name", ["1abc", "a/b", "a b", "n" * 65, ""])
def test_illegal_tool_names_are_refused(name: str) -> None:
    """upstream.md appendix B."""
    assert "Invalid function name" in (refusal(GEMINI, tools=tools(EMPTY, names=(name,))) or "accepted")


def test_tools_cannot_share_a_name_or_have_two_schemas() -> None:
    """upstream.md 5.7."""
    twice = [*tools(EMPTY), *tools(EMPTY)]
    both = [{"functionDeclarations": [{"name": "f", "parameters": EMPTY, "parametersJsonSchema": EMPTY}]}]

    assert refusal(GEMINI, tools=twice) == "Duplicate function declaration found: f"
    assert "parameters_json_schema must not be set" in (refusal(GEMINI, tools=both) or "")


def test_search_stands_alone_and_is_for_gemini() -> None:
    """upstream.md 5.12."""
    search: dict[str, Any] = {"googleSearch": {}}

    assert refusal("gemini-2.5-flash", tools=[search]) is None
    assert refusal("gemini-2.5-flash", tools=[search, *tools(EMPTY)]) is not None
    assert refusal(CLAUDE, tools=[search]) is not None


def test_image_models_take_no_tools() -> None:
    """upstream.md 5.11."""
    assert refusal(IMAGE, tools=tools(EMPTY)) is not None


def test_claude_wants_a_schema_in_lower_case_with_plain_keys() -> None:
    """upstream.md 5.7."""
    shouting = {"type": "object", "properties": {"a": {"type": "STRING"}}}
    odd = {"type": "object", "properties": {"a b": STRING}}

    assert refusal(CLAUDE, tools=tools(EMPTY, None)) == "tools.1.custom.input_schema: Field required"
    assert "JSON schema is invalid" in (refusal(CLAUDE, tools=tools(shouting)) or "")
    assert "^[a-zA-Z0-9_.-]{1,64}$" in (refusal(CLAUDE, tools=tools(odd)) or "")
    assert refusal(GEMINI, tools=tools(shouting)) is None


def test_names_are_allowed_only_where_a_call_is_forced() -> None:
    """upstream.md 5.7."""

    def config(mode: str, *names: str) -> dict[str, Any]:
        return {"functionCallingConfig": {"mode": mode, "allowedFunctionNames": list(names)}}

    assert refusal(GEMINI, tools=tools(EMPTY), toolConfig=config("ANY", "f")) is None
    assert refusal(GEMINI, tools=tools(EMPTY), toolConfig=config("ANY", "x")) is not None
    assert refusal(GEMINI, tools=tools(EMPTY), toolConfig=config("AUTO", "f")) is not None
    assert refusal(GEMINI, toolConfig=config("ANY")) is not None


SIGNED = call(thoughtSignature=C_SIGNATURE)
COUNT = "number of function response parts is equal to the number of function call parts"


@pytest.mark.parametrize(
    ("contents", "text"),
    [
        ([user("a"), model(SIGNED), user(result())], None),
        ([user("a"), model(SIGNED, call("g", "k2")), user(result(), result("g", "k2"))], None),
        (
            [
                user("a"),
                model(SIGNED),
                user(result(), {"inlineData": {"mimeType": "image/png", "data": "AA=="}}),
            ],
            None,
        ),
        ([user("a"), model(SIGNED, call("g", "k2")), user(result())], COUNT),
        ([user("a"), model(SIGNED), user(result(), result())], COUNT),
        ([user("a"), model(SIGNED), user("b")], COUNT),
        ([user("a"), model(SIGNED)], COUNT),
        ([user("a"), model(SIGNED), user("first", result())], COUNT),
        ([user("a"), user(result())], "function response turn comes immediately after a function call turn"),
        (
            [user("a"), model({"text": "b"}), model(SIGNED), user(result())],
            "function call turn comes immediately",
        ),
        ([user("a"), model(SIGNED), user({"functionResponse": {"response": {}}})], "Name cannot be empty"),
    ],
)
def test_gemini_pairs_calls_and_results(contents: list[Any], text: str | None) -> None:
    """upstream.md 5.4."""
    found = refusal(GEMINI, *contents)

    assert found is None if text is None else text in (found or "accepted")


MISSING = f"messages.1: `tool_use` ids were found without `tool_result` blocks immediately after: {ID}."


@pytest.mark.parametrize(
    ("contents", "text"),
    [
        ([user("a"), model(call(call_id=ID)), user(result(call_id=ID))], None),
        ([user("a"), model({"text": "b"}, call(call_id=ID)), user(result(call_id=ID), "and?")], None),
        ([user("a"), model(call(call_id=ID)), user("b")], MISSING),
        ([user("a"), model(call(call_id=ID), {"text": "late"}), user(result(call_id=ID))], MISSING),
        ([user("a"), model(call(call_id=ID)), user("first", result(call_id=ID))], MISSING),
        ([user("a"), user(result(call_id=ID))], "messages.1.content.0: unexpected `tool_use_id`"),
        (
            [user("a"), model(call(call_id="")), user(result(call_id=""))],
            "messages.1.content.0.tool_use.id: Field",
        ),
        ([user("a"), model(call(call_id="a.b")), user(result(call_id="a.b"))], "should match pattern"),
        (
            [user("a"), model(call(call_id=ID), call(call_id=ID)), user(result(call_id=ID))],
            "`tool_use` ids must be unique",
        ),
        (
            [user("a"), model(call(call_id=ID)), user(result(call_id=ID), result(call_id=ID))],
            "each tool_use must have a single result",
        ),
    ],
)
def test_claude_pairs_calls_and_results_by_their_ids(contents: list[Any], text: str | None) -> None:
    """upstream.md 5.4."""
    found = refusal(CLAUDE, *contents)

    assert found is None if text is None else text in (found or "accepted")


def test_prefill_is_refused_by_newer_models_and_accepted_by_older_ones() -> None:
    """upstream.md 5.4."""
    prefilled = (user("a"), model({"text": "Well,"}))

    assert "does not support assistant message prefill" in (refusal(CLAUDE, *prefilled) or "")
    assert "does not support assistant message prefill" in (
        refusal("gemini-3.6-flash-high", *prefilled) or ""
    )
    assert refusal("claude-sonnet-4-5", *prefilled) is None
    assert "Expected `thinking`" in (refusal("claude-sonnet-4-5", *prefilled, generationConfig=THINK) or "")


def test_with_thinking_on_the_turn_of_the_call_begins_with_its_thought() -> None:
    """upstream.md 5.6."""
    bare = (user("a"), model(call(call_id=ID)), user(result(call_id=ID)))
    spoken = (user("a"), model({"text": "b"}, call(call_id=ID)), user(result(call_id=ID)))
    whole = (user("a"), model(thought(), call(call_id=ID)), user(result(call_id=ID)))
    old = (*bare, model({"text": "done"}), user("next"))

    assert "messages.1.content.0.type: Expected `thinking`" in (
        refusal(CLAUDE, *bare, generationConfig=THINK) or ""
    )
    assert "but found `tool_use`" in (refusal(CLAUDE, *bare, generationConfig=THINK) or "")
    assert "but found `text`" in (refusal(CLAUDE, *spoken, generationConfig=THINK) or "")
    assert refusal(CLAUDE, *whole, generationConfig=THINK) is None
    assert refusal(CLAUDE, *old, generationConfig=THINK) is None
    assert refusal(CLAUDE, *bare) is None


@pytest.mark.parametrize(
    ("part", "text"),
    [
        (thought(), None),
        (thought(None), "messages.1.content.0.thinking.signature: Field required"),
        (thought(R_SIGNATURE, ""), "messages.1.content.0.thinking.thinking: Field required"),
        (thought(C_SIGNATURE), "messages.1.content.0: Invalid `signature` in `thinking` block"),
        (
            thought("skip_thought_signature_validator"),
            "messages.1.content.0: Invalid `signature` in `thinking` block",
        ),
        (thought(R_SIGNATURE[:-8]), "messages.1.content.0: Invalid `signature` in `thinking` block"),
    ],
)
def test_claude_checks_the_signature_of_every_thought(part: dict[str, Any], text: str | None) -> None:
    """upstream.md 5.6, 9.5."""
    assert refusal(CLAUDE, user("a"), model(part, {"text": "b"}), user("c")) == text


def test_gemini_misses_the_signature_of_the_newest_group_with_the_captured_words() -> None:
    """upstream.md 5.6."""
    found = refusal(GEMINI, user("a"), model(call("get_weather")), user(result("get_weather")))

    assert found == (
        "Function call is missing a thought_signature in functionCall parts. This is required for tools to "
        "work correctly, and missing thought_signature may lead to degraded model performance. Additional "
        "data, function call `default_api:get_weather` , position 2. Please refer to "
        "https://ai.google.dev/gemini-api/docs/thought-signatures for more details."
    )


def test_only_the_newest_group_of_the_loop_must_be_signed_unless_all_must() -> None:
    """upstream.md 5.6, 9.5."""
    contents = (
        user("a"),
        model(call()),
        user(result()),
        model(SIGNED, call("g", "k2")),
        user(result(), result("g", "k2")),
    )

    assert refusal(GEMINI, *contents) is None
    assert "position 2" in (refusal(GEMINI, *contents, case={"signatures_of_every_group": True}) or "")


def test_older_loops_and_older_models_need_no_signature() -> None:
    """upstream.md 5.6."""
    loop = (user("a"), model(call()), user(result()))

    assert refusal(GEMINI, *loop, model({"text": "b"}), user("c")) is None
    assert refusal("gemini-2.5-flash", *loop) is None


@pytest.mark.parametrize(
    "sentinel", ["skip_thought_signature_validator", "context_engineering_is_the_way_to_go"]
)
def test_gemini_takes_a_sentinel_on_calls_and_nowhere_else(sentinel: str) -> None:
    """upstream.md 5.6."""
    assert refusal(GEMINI, user("a"), model(call(thoughtSignature=sentinel)), user(result())) is None
    assert (
        refusal(GEMINI, user("a"), model({"text": "b", "thoughtSignature": sentinel}), user("c")) is not None
    )


@pytest.mark.parametrize("signature", [R_SIGNATURE, C_SIGNATURE[:-8], "AAAA"])
def test_gemini_calls_other_signatures_corrupted(signature: str) -> None:
    """upstream.md 5.6."""
    contents = (user("a"), model(call(thoughtSignature=signature)), user(result()))

    assert refusal(GEMINI, *contents) == "Corrupted thought signature."
    assert "Thought signature is not valid.." in (
        refusal(GEMINI, *contents, case={"corrupted_as_vertex": True}) or ""
    )
    assert refusal(GEMINI, *contents, case={"strictness": "off"}) is None


def test_bound_strictness_notices_a_mix_up() -> None:
    """upstream.md 9.5."""
    contents = (
        user("a"),
        model(call("f", "other", thoughtSignature=C_SIGNATURE)),
        user(result("f", "other")),
    )

    assert refusal(GEMINI, *contents) is None
    assert refusal(GEMINI, *contents, case={"strictness": "bound"}) == "Corrupted thought signature."


@pytest.mark.parametrize(
    ("model_id", "config", "text"),
    [
        (GEMINI, {"maxOutputTokens": 65536}, None),
        (GEMINI, {"maxOutputTokens": 65537}, INVALID),
        (GEMINI, {"maxOutputTokens": 0}, INVALID),
        (CLAUDE, {"maxOutputTokens": 64001}, "max_tokens: 64001 > 64000"),
        (GEMINI, {"candidateCount": 2}, "Multiple candidates"),
        (GEMINI, {"stopSequences": list("abcdef")}, INVALID),
        (GEMINI, {"stopSequences": [" "]}, INVALID),
        (CLAUDE, {"stopSequences": [""]}, "non-whitespace"),
        (GEMINI, {"thinkingConfig": {"thinkingBudget": 500, "thinkingLevel": "LOW"}}, "only set only one"),
        (GEMINI, {"thinkingConfig": {"thinkingLevel": "low"}}, None),
        ("gemini-2.5-flash", {"thinkingConfig": {"thinkingLevel": "low"}}, "Thinking level is not supported"),
        (GEMINI, {"thinkingConfig": {"thinkingBudget": -1}}, None),
        ("gemini-pro-agent", {"thinkingConfig": {"thinkingBudget": 0}}, "Budget 0 is invalid"),
        (GEMINI, {"thinkingConfig": {"thinkingBudget": 64}}, "between 128 and 32768"),
        (CLAUDE, {"thinkingConfig": {"thinkingBudget": 0}}, None),
        (CLAUDE, {"thinkingConfig": {"thinkingBudget": 1023}}, "greater than or equal to 1024"),
        (
            CLAUDE,
            {"maxOutputTokens": 2048, "thinkingConfig": {"thinkingBudget": 2048}},
            "`max_tokens` must be greater",
        ),
        (CLAUDE, {**THINK, "temperature": 0.5}, "`temperature` may only be set to 1"),
        (CLAUDE, {**THINK, "topK": 5}, "`top_k` must be unset"),
        (CLAUDE, {**THINK, "topP": 0.9}, "`top_p` must be greater than or equal to 0.95"),
        (CLAUDE, {"temperature": 0.5, "topP": 0.5}, "cannot both be specified"),
        (CLAUDE, {"temperature": 1.5}, "range: 0..1"),
        (GEMINI, {"presencePenalty": 0.5}, "Penalty is not enabled"),
        (CLAUDE, {"responseMimeType": "application/json", "responseSchema": {"type": "object"}}, INVALID),
        (GEMINI, {"responseSchema": {"type": "object"}}, "only supported with response mime type"),
        (
            GEMINI,
            {"responseMimeType": "application/json", "responseSchema": {"type": "array"}},
            "items: missing field",
        ),
        (
            GEMINI,
            {"responseMimeType": "application/json", "responseSchema": {"type": "integer", "enum": ["1"]}},
            None,
        ),
        (GEMINI, {"imageConfig": {"aspectRatio": "1:1"}}, INVALID),
        (IMAGE, {"imageConfig": {"aspectRatio": "7:1"}}, INVALID),
        (IMAGE, {"imageConfig": {"aspectRatio": "21:9", "imageSize": "4K"}}, None),
    ],
)
def test_generation_config_is_held_to_the_limits(
    model_id: str, config: dict[str, Any], text: str | None
) -> None:
    """upstream.md 4.4, 5.9, 5.11."""
    found = refusal(model_id, generationConfig=config)

    assert found is None if text is None else text in (found or "accepted")


def test_flash_lite_knows_four_safety_categories_only() -> None:
    """upstream.md 5.10."""
    settings = [{"category": "HARM_CATEGORY_CIVIC_INTEGRITY", "threshold": "OFF"}]

    assert refusal("gemini-2.5-flash-lite", safetySettings=settings) == INVALID
    assert refusal(GEMINI, safetySettings=settings) is None


def test_a_prompt_that_is_too_long_is_refused_in_the_words_of_its_family() -> None:
    """upstream.md 7.2 c, e."""
    text = "word " * 170_000

    assert refusal(CLAUDE, user(text)) == "prompt is too long: 212500 tokens > 200000 maximum"
    assert refusal(GEMINI, user(text * 6)) == (
        "The input token count (1275000) exceeds the maximum number of tokens allowed (1048576)."
    )
