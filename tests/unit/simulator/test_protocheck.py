from typing import Any

import pytest

from app.simulator.protocheck import check, snake_case

TOOL = "request.tools[0].function_declarations[0]"


def declared(schema: Any) -> dict[str, Any]:
    return {"request": {"tools": [{"functionDeclarations": [{"name": "f", "parameters": schema}]}]}}


def unknown(name: str, path: str = "") -> str:
    at = f" at '{path}'" if path else ""
    return f'Invalid JSON payload received. Unknown name "{name}"{at}: Cannot find field.'


@pytest.mark.parametrize(
    ("body", "field", "description"),
    [
        ({"messages": []}, "", unknown("messages")),
        ({"request": {"max_tokens": 1}}, "request", unknown("max_tokens", "request")),
        (
            {"request": {"tools": [{"parameters": {}}]}},
            "request.tools[0]",
            unknown("parameters", "request.tools[0]"),
        ),
        (declared({"$schema": "x"}), f"{TOOL}.parameters", unknown("$schema", f"{TOOL}.parameters")),
        (
            declared({"properties": {"a": {}, "b": {"exclusiveMinimum": 0}}}),
            f"{TOOL}.parameters.properties[1].value",
            unknown("exclusiveMinimum", f"{TOOL}.parameters.properties[1].value"),
        ),
        (
            declared({"properties": {"a": {"items": {"const": 1}}}}),
            f"{TOOL}.parameters.properties[0].value.items",
            unknown("const", f"{TOOL}.parameters.properties[0].value.items"),
        ),
        (
            declared({"anyOf": [{}, {"additionalProperties": False}]}),
            f"{TOOL}.parameters.any_of[1]",
            unknown("additionalProperties", f"{TOOL}.parameters.any_of[1]"),
        ),
        (
            declared({"properties": {"a": "object"}}),
            f"{TOOL}.parameters.properties[0].value",
            f"Invalid value at '{TOOL}.parameters.properties[0].value' "
            '(type.googleapis.com/google.cloud.aiplatform.master.Schema), "object"',
        ),
        (
            declared({"enum": [1]}),
            f"{TOOL}.parameters.enum[0]",
            f"Invalid value at '{TOOL}.parameters.enum[0]' (TYPE_STRING), 1",
        ),
        (
            declared({"type": ["string", "null"]}),
            f"{TOOL}.parameters",
            f"Invalid JSON payload received. Unknown name \"type\" at '{TOOL}.parameters': "
            "Proto field is not repeating, cannot start list.",
        ),
        (
            {"request": {"systemInstruction": "be nice"}},
            "request.system_instruction",
            "Invalid value at 'request.system_instruction' "
            '(type.googleapis.com/google.cloud.aiplatform.master.Content), "be nice"',
        ),
        (
            {"request": {"contents": [{"parts": [{"cache_control": {}}]}]}},
            "request.contents[0].parts[0]",
            unknown("cache_control", "request.contents[0].parts[0]"),
        ),
        (
            {"request": {"contents": [{"parts": [{"functionCall": {"args": "{}"}}]}]}},
            "request.contents[0].parts[0].function_call.args",
            "Invalid value at 'request.contents[0].parts[0].function_call.args' "
            '(type.googleapis.com/google.protobuf.Struct), "{}"',
        ),
        (
            {"request": {"toolConfig": {"functionCallingConfig": {"mode": "REQUIRED"}}}},
            "request.tool_config.function_calling_config.mode",
            "Invalid value at 'request.tool_config.function_calling_config.mode' "
            '(type.googleapis.com/google.cloud.aiplatform.master.FunctionCallingConfig.Mode), "REQUIRED"',
        ),
        (
            {"request": {"generationConfig": {"maxOutputTokens": 1.5}}},
            "request.generation_config.max_output_tokens",
            "Invalid value at 'request.generation_config.max_output_tokens' (TYPE_INT32), 1.5",
        ),
        (
            {"request": {"generationConfig": {"maxOutputTokens": 5, "max_output_tokens": 5}}},
            "request.generation_config",
            'Invalid JSON payload received. Unknown name "max_output_tokens" at '
            "'request.generation_config': Proto field has already been set.",
        ),
        (
            {"request": {"contents": [{"parts": [{"inlineData": {"data": "n@t base64"}}]}]}},
            "request.contents[0].parts[0].inline_data.data",
            "Invalid value at 'request.contents[0].parts[0].inline_data.data' (TYPE_BYTES), \"n@t base64\"",
        ),
    ],
)
def test_a_misfit_is_named_with_its_path(body: dict[str, Any], field: str, description: str) -> None:
    """upstream.md 5.1, 7.2 b."""
    _, violations = check(body, "GenerateEnvelope")

    assert violations == [(field, description)]


def test_every_misfit_is_reported() -> None:
    """upstream.md 9.3, row 4."""
    _, violations = check({"a": 1, "request": {"b": 2, "contents": [{"c": 3}]}}, "GenerateEnvelope")

    assert [field for field, _ in violations] == ["", "request", "request.contents[0]"]


def test_both_spellings_are_understood_and_become_one() -> None:
    """upstream.md 5.1."""
    body, violations = check(
        {"user_agent": "x", "request": {"generation_config": {"max_output_tokens": "12", "topP": 0.5}}},
        "GenerateEnvelope",
    )

    assert violations == []
    assert body == {"userAgent": "x", "request": {"generationConfig": {"maxOutputTokens": 12, "topP": 0.5}}}


def test_free_json_is_not_looked_into() -> None:
    """upstream.md 5.3: any key works inside of arguments and results."""
    args: dict[str, Any] = {"messages": [], "max_tokens": {"$ref": 1}}
    body, violations = check(
        {"request": {"contents": [{"parts": [{"functionCall": {"name": "f", "args": args}}]}]}},
        "GenerateEnvelope",
    )

    assert violations == []
    assert body["request"]["contents"][0]["parts"][0]["functionCall"]["args"] == args  # type: ignore[index, call-overload]


@pytest.mark.parametrize(
    "sentinel", ["skip_thought_signature_validator", "context_engineering_is_the_way_to_go"]
)
def test_the_sentinels_pass_as_bytes(sentinel: str) -> None:
    """upstream.md 5.6."""
    body: dict[str, Any] = {"request": {"contents": [{"parts": [{"thoughtSignature": sentinel}]}]}}

    assert check(body, "GenerateEnvelope")[1] == []


def test_type_names_are_understood_in_both_cases() -> None:
    """upstream.md 5.7, rule 10."""
    assert check(declared({"type": "OBJECT"}), "GenerateEnvelope")[1] == []
    assert check(declared({"type": "object"}), "GenerateEnvelope")[1] == []
    assert len(check(declared({"type": "dict"}), "GenerateEnvelope")[1]) == 1


def test_response_schemas_may_close_their_objects() -> None:
    """upstream.md 5.7: `additionalProperties:false` is enforced there."""
    schema = {"type": "OBJECT", "properties": {"a": {"type": "STRING", "additionalProperties": False}}}
    body: dict[str, Any] = {"request": {"generationConfig": {"responseSchema": schema}}}

    assert check(body, "GenerateEnvelope")[1] == []


def test_count_tokens_takes_no_credits() -> None:
    """upstream.md 3.3."""
    _, violations = check({"request": {}, "enabledCreditTypes": ["GOOGLE_ONE_AI"]}, "CountEnvelope")

    assert violations == [("", unknown("enabledCreditTypes"))]


def test_where_sources_differ_the_lenient_table_accepts() -> None:
    """upstream.md 5.7."""
    body = declared({"type": "OBJECT", "title": "T", "default": {}})

    assert len(check(body, "GenerateEnvelope")[1]) == 2
    assert check(body, "GenerateEnvelope", lenient_schema=True)[1] == []


def test_names_turn_into_snake_case() -> None:
    """upstream.md 5.1."""
    assert snake_case("maxOutputTokens") == "max_output_tokens"
