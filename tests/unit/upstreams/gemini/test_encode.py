"""Neutral prompts to the upstream's inner request."""

import json
from typing import Any

import pytest

from app.errors import BadRequest
from app.ir.parts import Blob, Text, Thought, ToolCall, ToolResult
from app.ir.prompt import OutputShape, Prompt, Sampling, Thinking, ToolChoice, ToolSpec, Turn, WebSearch
from app.upstreams.gemini.encode import MATCHING, ONE_CALL, ONLY_JSON, RequestDefaults, encode
from tests.support.gemini import CLAUDE, GEMINI, GPT_OSS, IMAGES, asking

WEATHER = ToolSpec(
    "get_weather",
    "w",
    b'{"type":"object","properties":{"city":{"type":"string"}},"required":["city"],"additionalProperties":false}',
)
OBJECT = b'{"type":"object","properties":{"a":{"type":"string"}},"required":["a"]}'


def request(prompt: Prompt, profile: Any = GEMINI, **defaults: Any) -> Any:
    return json.loads(encode(prompt, profile, RequestDefaults(**defaults)).body)


def system_of(prompt: Prompt, profile: Any) -> list[str]:
    return [part["text"] for part in request(prompt, profile)["systemInstruction"]["parts"]]


def test_the_second_turn_of_a_tool_loop() -> None:
    """openai.md 18: a client that dropped everything non-standard."""
    prompt = Prompt(
        "gemini-3-flash",
        (
            Turn("user", (Text("Weather in Paris and Rome?"),)),
            Turn(
                "model",
                (
                    ToolCall("call_a", "get_weather", b'{"city":"Paris"}'),
                    ToolCall("call_b", "get_weather", b'{"city":"Rome"}'),
                ),
            ),
            Turn(
                "user",
                (
                    ToolResult("call_a", "get_weather", (Text('{"t":12345678901234567890}'),)),
                    ToolResult("call_b", "get_weather", (Text("rain"),)),
                ),
            ),
        ),
        system=("Be brief.",),
        tools=(WEATHER,),
        thinking=Thinking("on", 8192, settled=True),
    )

    assert request(prompt) == {
        "systemInstruction": {"role": "user", "parts": [{"text": "Be brief."}]},
        "contents": [
            {"role": "user", "parts": [{"text": "Weather in Paris and Rome?"}]},
            {
                "role": "model",
                "parts": [
                    {
                        "functionCall": {"id": "call_a", "name": "get_weather", "args": {"city": "Paris"}},
                        "thoughtSignature": "skip_thought_signature_validator",
                    },
                    {"functionCall": {"id": "call_b", "name": "get_weather", "args": {"city": "Rome"}}},
                ],
            },
            {
                "role": "user",
                "parts": [
                    {
                        "functionResponse": {
                            "id": "call_a",
                            "name": "get_weather",
                            "response": {"output": '{"t":12345678901234567890}'},
                        }
                    },
                    {
                        "functionResponse": {
                            "id": "call_b",
                            "name": "get_weather",
                            "response": {"output": "rain"},
                        }
                    },
                ],
            },
        ],
        "tools": [
            {
                "functionDeclarations": [
                    {
                        "name": "get_weather",
                        "description": "w",
                        "parameters": {
                            "type": "OBJECT",
                            "properties": {"city": {"type": "STRING"}},
                            "required": ["city"],
                        },
                    }
                ]
            }
        ],
        "toolConfig": {"functionCallingConfig": {"mode": "AUTO"}},
        "generationConfig": {
            "candidateCount": 1,
            "thinkingConfig": {"includeThoughts": True, "thinkingBudget": 8192},
        },
    }


def test_a_turn_of_claude_with_thoughts_results_and_an_image() -> None:
    """anthropic.md 11, the worked example."""
    prompt = Prompt(
        "claude-sonnet-4-6",
        (
            Turn(
                "user",
                (Text("count files"), Text("<system-reminder>\n# Environment: linux\n</system-reminder>")),
            ),
            Turn(
                "model",
                (
                    Thought("Two calls.", "Rsig1"),
                    ToolCall("t1", "Bash", b'{"command":"ls"}'),
                    ToolCall("t2", "Bash", b'{"command":"false"}'),
                ),
            ),
            Turn(
                "user",
                (
                    ToolResult("t2", "Bash", (Text("Exit code 1"),), failed=True),
                    ToolResult("t1", "Bash", (Text("a.png"), Blob("image/png", "iVBORw0KGgo="))),
                    Text("go on"),
                ),
            ),
        ),
        system=("You help with code.",),
        tools=(
            ToolSpec(
                "Bash",
                "Run",
                b'{"type":"object","properties":{"command":{"type":"string"}},"required":["command"]}',
            ),
        ),
        sampling=Sampling(max_tokens=32000),
        thinking=Thinking("on", 8192, settled=True),
    )

    found = request(prompt, CLAUDE)

    assert found["contents"][1:] == [
        {
            "role": "model",
            "parts": [
                {"text": "Two calls.", "thought": True, "thoughtSignature": "Rsig1"},
                {"functionCall": {"id": "t1", "name": "Bash", "args": {"command": "ls"}}},
                {"functionCall": {"id": "t2", "name": "Bash", "args": {"command": "false"}}},
            ],
        },
        {
            "role": "user",
            "parts": [
                {"functionResponse": {"id": "t1", "name": "Bash", "response": {"output": "a.png"}}},
                {"functionResponse": {"id": "t2", "name": "Bash", "response": {"error": "Exit code 1"}}},
                {"text": "[image returned by tool call t1]"},
                {"inlineData": {"mimeType": "image/png", "data": "iVBORw0KGgo="}},
                {"text": "go on"},
            ],
        },
    ]
    assert found["systemInstruction"] == {"role": "user", "parts": [{"text": "You help with code."}]}
    assert found["toolConfig"] == {"functionCallingConfig": {"mode": "VALIDATED"}}
    assert found["generationConfig"] == {
        "maxOutputTokens": 32000,
        "candidateCount": 1,
        "thinkingConfig": {"includeThoughts": True, "thinkingBudget": 8192},
    }


def test_the_same_prompt_gives_the_same_bytes() -> None:
    """anthropic.md 11: the upstream's prompt cache lives on it."""
    prompt = asking(tools=(WEATHER,), system=("a",), stop=("x",))

    assert encode(prompt, CLAUDE).body == encode(prompt, CLAUDE).body


def test_nothing_but_the_inner_request_is_made() -> None:
    """architecture.md 6.2: the envelope is put around it per attempt."""
    assert set(request(asking())) == {"contents", "generationConfig"}


def test_what_the_decoder_needs_to_know_goes_along() -> None:
    """architecture.md 6.2."""
    turns = (
        Turn("user", (Text("a"),)),
        Turn("model", (ToolCall("c1", "old tool"),)),
        Turn("user", (ToolResult("c1", "old tool", (Text("x"),)),)),
    )

    encoded = encode(asking(turns=turns, tools=(WEATHER,), parallel_calls=False), GEMINI)

    assert encoded.known_call_ids == {"c1"}
    assert not encoded.parallel_calls
    assert [(binding.spec.name, binding.wire_name) for binding in encoded.bindings] == [
        ("get_weather", "get_weather"),
        ("old tool", "old_tool"),
    ]


def test_one_call_at_a_time_is_asked_for() -> None:
    """openai.md 5.1."""
    assert system_of(asking(tools=(WEATHER,), parallel_calls=False), GEMINI) == [ONE_CALL]
    assert "systemInstruction" not in request(asking(parallel_calls=False))


def test_the_preamble_of_the_operator_comes_first() -> None:
    """upstream.md 3.6."""
    found = request(asking(system=("a",)), preamble="You are here.")

    assert [part["text"] for part in found["systemInstruction"]["parts"]] == ["You are here.", "a"]


def test_safety_settings_are_for_gemini_only() -> None:
    """upstream.md 5.10."""
    settings = b'[{"category":"HARM_CATEGORY_HARASSMENT","threshold":"OFF"}]'

    assert request(asking(), GEMINI, safety_settings=settings)["safetySettings"] == json.loads(settings)
    assert "safetySettings" not in request(asking(), CLAUDE, safety_settings=settings)


def test_gemini_keeps_to_a_schema_by_itself() -> None:
    """anthropic.md 7.4, openai.md 5.6."""
    found = request(asking(output=OutputShape("json", OBJECT)))

    assert found["generationConfig"]["responseMimeType"] == "application/json"
    assert found["generationConfig"]["responseSchema"] == {
        "type": "OBJECT",
        "properties": {"a": {"type": "STRING"}},
        "required": ["a"],
        "propertyOrdering": ["a"],
    }
    assert "systemInstruction" not in found


def test_json_without_a_schema_is_any_json() -> None:
    """openai.md 5.6."""
    found = request(asking(output=OutputShape("json")))

    assert found["generationConfig"] == {"candidateCount": 1, "responseMimeType": "application/json"}
    assert system_of(asking(output=OutputShape("json")), GPT_OSS) == [ONLY_JSON]


@pytest.mark.parametrize(("profile", "tools"), [(CLAUDE, ()), (GPT_OSS, ()), (GEMINI, (WEATHER,))])
def test_the_others_are_asked_in_words(profile: Any, tools: tuple[ToolSpec, ...]) -> None:
    """anthropic.md 7.4, openai.md 5.6: as the last system part, with the client's own schema."""
    prompt = asking(output=OutputShape("json", b' {"type": "object"} '), tools=tools, system=("a",))

    assert system_of(prompt, profile) == ["a", f'{ONLY_JSON} {MATCHING}{{"type":"object"}}']
    assert "responseMimeType" not in request(prompt, profile)["generationConfig"]


def test_a_web_search_is_a_request_of_its_own_kind() -> None:
    """anthropic.md 17, upstream.md 5.12."""
    prompt = asking(
        search=WebSearch(("example.com",)),
        thinking=Thinking("on", 2048, settled=True),
        tool_choice=ToolChoice("any"),
    )

    encoded = encode(prompt, GEMINI)

    found = json.loads(encoded.body)
    assert encoded.request_type == "web_search"
    assert found["tools"] == [{"googleSearch": {"includedDomains": ["example.com"]}}]
    assert "toolConfig" not in found
    assert "thinkingConfig" not in found["generationConfig"]


def test_a_plain_search_has_no_options() -> None:
    """upstream.md 5.12."""
    assert request(asking(search=WebSearch()))["tools"] == [{"googleSearch": {}}]


@pytest.mark.parametrize(("profile", "tools"), [(GEMINI, (WEATHER,)), (CLAUDE, ())])
def test_search_gives_way_where_it_cannot_be(profile: Any, tools: tuple[ToolSpec, ...]) -> None:
    """anthropic.md 17, openai.md 5.4."""
    encoded = encode(asking(search=WebSearch(), tools=tools), profile)

    assert encoded.request_type == "agent"
    assert encoded.notes == ("tools-dropped",)
    assert b"googleSearch" not in encoded.body


def test_domains_are_allowed_or_blocked() -> None:
    """anthropic.md 17."""
    with pytest.raises(BadRequest):
        encode(asking(search=WebSearch(("a.example",), ("b.example",))), GEMINI)


def test_models_that_make_images_get_no_system_and_no_tools() -> None:
    """upstream.md 5.11."""
    prompt = asking(
        "A cat",
        system=("Be kind.", "Be brief."),
        tools=(WEATHER,),
        output=OutputShape(modalities=("text", "image"), aspect_ratio="16:9", image_size="2K"),
        thinking=Thinking("on", 2048, settled=True),
    )

    encoded = encode(prompt, IMAGES)

    assert json.loads(encoded.body) == {
        "contents": [{"role": "user", "parts": [{"text": "Be kind.\n\nBe brief.\n\nA cat"}]}],
        "generationConfig": {
            "candidateCount": 1,
            "responseModalities": ["TEXT", "IMAGE"],
            "imageConfig": {"aspectRatio": "16:9", "imageSize": "2K"},
        },
    }
    assert encoded.request_type == "image_gen"
    assert encoded.notes == ("tools-dropped",)


def test_the_system_text_of_an_image_comes_before_a_picture() -> None:
    """upstream.md 5.11."""
    prompt = asking(system=("Be kind.",), turns=(Turn("user", (Blob("image/png", "AAAA"),)),))

    assert request(prompt, IMAGES)["contents"][0]["parts"][0] == {"text": "Be kind."}


def test_a_model_that_makes_images_cannot_be_made_to_call() -> None:
    """architecture.md 5.4: a demand is met or refused."""
    with pytest.raises(BadRequest) as caught:
        encode(asking(tools=(WEATHER,), tool_choice=ToolChoice("any")), IMAGES)

    assert caught.value.where == "tool_choice"


def test_the_overlay_lies_over_the_wishes() -> None:
    """gemini.md 4.3."""
    prompt = asking(
        overlay=b'{"temperature":0.3,"max_output_tokens":99999999,"unknown":1}', sampling=Sampling(5, 1.0)
    )

    encoded = encode(prompt, GEMINI)

    assert json.loads(encoded.body)["generationConfig"] == {
        "maxOutputTokens": 65536,
        "temperature": 0.3,
        "candidateCount": 1,
    }
    assert encoded.notes == ("max-tokens-clamped",)
