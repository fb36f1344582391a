import base64
import json
from random import Random
from typing import Any

import msgspec
import pytest

from app.simulator.catalog import load_catalog
from app.simulator.chunks import Chunk
from app.simulator.directives import parse, strip
from app.simulator.generate import Brief, generate, is_thinking, rounds_done
from app.simulator.signatures import SignatureSmith
from app.simulator.tokens import count_prompt
from app.simulator.wire import GenerateRequest

THINK = {"thinkingConfig": {"includeThoughts": True, "thinkingBudget": 2048}}


def an_answer(model_id: str, text: str = "Hello there", **members: Any) -> list[Chunk]:
    contents = members.pop("contents", [{"role": "user", "parts": [{"text": text}]}])
    request = msgspec.convert({"contents": contents, **members}, GenerateRequest)
    model = load_catalog("catalog-2026-08").find(model_id)
    assert model is not None
    return generate(
        Brief(
            model=model,
            request=request,
            rng=Random(1),
            smith=SignatureSmith(1),
            wishes=parse(text),
            text=strip(text),
            prompt_tokens=count_prompt(request),
        )
    )


def kinds(chunks: list[Chunk]) -> list[str]:
    found = []
    for chunk in chunks:
        for part in chunk.parts or ():
            kind = "call" if "functionCall" in part else "blob" if "inlineData" in part else "text"
            kind = "thought" if part.get("thought") else kind
            found.append(kind + ("+signature" if "thoughtSignature" in part else ""))
    return found


def said(chunks: list[Chunk]) -> str:
    parts = [
        part for chunk in chunks for part in chunk.parts or () if "text" in part and not part.get("thought")
    ]
    return "".join(str(part["text"]) for part in parts)


WEATHER = [
    {
        "functionDeclarations": [
            {"name": name, "parameters": {"type": "OBJECT", "properties": {"city": {"type": "STRING"}}}}
            for name in ("get_weather", "get_tides")
        ]
    }
]


def test_gemini_thinks_then_speaks_and_signs_the_last_empty_text() -> None:
    """upstream.md 6.3."""
    found = kinds(an_answer("gemini-pro-agent", generationConfig=THINK))

    assert found[0] == "thought"
    assert found[-1] == "text+signature"
    assert set(found) == {"thought", "text", "text+signature"}


def test_gemini_signs_the_first_of_parallel_calls_only() -> None:
    """upstream.md 5.6."""
    chunks = an_answer("gemini-3-flash", "[[sim: tools=2 parallel]]", tools=WEATHER)

    assert kinds(chunks) == ["call+signature", "call", "text"]
    assert chunks[-1].finish == "STOP"


def test_claude_closes_its_thought_with_a_signature_and_calls_last() -> None:
    """upstream.md 5.6, 6.3."""
    found = kinds(
        an_answer("claude-sonnet-4-6", "the get_weather in Paris", tools=WEATHER, generationConfig=THINK)
    )

    closing = found.index("thought+signature")
    assert set(found[:closing]) == {"thought"}
    assert found[-2:] == ["call", "text"]
    assert "text" in found[closing:-2]


def test_claude_is_silent_about_its_thoughts_unless_asked() -> None:
    """upstream.md 4.4."""
    assert "thought" not in kinds(an_answer("claude-sonnet-4-6"))


def test_unseen_thoughts_are_counted() -> None:
    """upstream.md 9.4."""
    usage = an_answer("gemini-3-flash")[-1].usage

    assert usage is not None
    assert usage["thoughtsTokenCount"]
    assert usage["totalTokenCount"] == sum(
        int(str(usage[name])) for name in ("promptTokenCount", "candidatesTokenCount", "thoughtsTokenCount")
    )


def test_claude_counts_thoughts_inside_of_its_output_and_sends_placeholders_first() -> None:
    """upstream.md 6.5."""
    chunks = an_answer("claude-sonnet-4-6", generationConfig=THINK)

    assert chunks[0].usage == {"promptTokenCount": 1, "candidatesTokenCount": 1, "totalTokenCount": 2}
    assert chunks[-1].usage is not None
    assert "thoughtsTokenCount" not in chunks[-1].usage


def test_lengths_are_kept_to_the_token() -> None:
    """upstream.md 9.4."""
    usage = an_answer("gemini-3-flash", "[[sim: think=30 text=80]]")[-1].usage

    assert usage is not None
    assert (usage["thoughtsTokenCount"], usage["candidatesTokenCount"]) == (30, 80)


def test_a_small_limit_leaves_thoughts_only() -> None:
    """upstream.md 4.4, 9.4."""
    chunks = an_answer(
        "gemini-pro-agent", "[[sim: think=50]]", generationConfig={"maxOutputTokens": 20, **THINK}
    )

    assert said(chunks) == ""
    assert chunks[-1].finish == "MAX_TOKENS"


def test_the_text_is_cut_at_the_limit() -> None:
    """upstream.md 9.4."""
    limit = {"maxOutputTokens": 10, "thinkingConfig": {"thinkingBudget": 0}}
    chunks = an_answer("gemini-3-flash", "[[sim: text=50]]", generationConfig=limit)

    assert len(said(chunks)) == 40
    assert chunks[-1].finish == "MAX_TOKENS"


def test_a_stop_sequence_ends_the_text_before_it() -> None:
    """upstream.md 9.4."""
    chunks = an_answer(
        "gemini-3-flash", '[[sim: say="one two three"]]', generationConfig={"stopSequences": [" three"]}
    )

    assert said(chunks) == "one two"
    assert chunks[-1].finish == "STOP"


def test_a_person_is_answered_with_a_sentence_that_quotes_the_question() -> None:
    """The demo has to be of use to a person."""
    text = said(an_answer("claude-sonnet-4-6", "How are you?"))

    assert "“How are you?”" in text
    assert "Claude Sonnet 4.6" in text


def test_the_last_text_of_a_loop_quotes_every_result() -> None:
    """upstream.md 9.4."""
    call = {"functionCall": {"name": "get_weather", "args": {}}}
    results = [
        {"functionResponse": {"name": "get_weather", "response": {"result": "18C"}}},
        {"functionResponse": {"name": "get_tides", "response": {"high": 3, "low": 1}}},
    ]
    contents = [
        {"role": "user", "parts": [{"text": "get_weather?"}]},
        {"role": "model", "parts": [call, call]},
        {"role": "user", "parts": results},
    ]

    text = said(an_answer("gemini-3-flash", "get_weather?", contents=contents, tools=WEATHER))

    assert "get_weather answered “18C”" in text
    assert 'get_tides answered “{"high":3,"low":1}”' in text


def test_a_response_schema_is_satisfied() -> None:
    """upstream.md 9.4."""
    schema = {
        "type": "OBJECT",
        "properties": {"a": {"type": "INTEGER"}, "b": {"type": "STRING", "enum": ["x"]}},
    }
    config = {"responseMimeType": "application/json", "responseSchema": schema}

    value = json.loads(said(an_answer("gemini-3-flash", "5 apples", generationConfig=config)))

    assert value == {"a": 5, "b": "x"}


def test_echo_mode_tells_what_arrived() -> None:
    """upstream.md 9.4."""
    contents = [
        {"role": "user", "parts": [{"text": "Hi"}, {"inlineData": {"mimeType": "image/png", "data": "AAAA"}}]}
    ]
    chunks = an_answer("gemini-3-flash", "[[sim: echo]]", contents=contents, tools=WEATHER)

    digest = json.loads(said(chunks))
    assert digest["tools"] == ["get_weather", "get_tides"]
    assert digest["contents"][0]["parts"][1] == {"media": "image/png", "base64Length": 4}


def test_an_image_model_sends_one_picture() -> None:
    """upstream.md 6.6."""
    chunks = an_answer(
        "gemini-3.1-flash-image", "a cat", generationConfig={"imageConfig": {"aspectRatio": "16:9"}}
    )

    blobs = [part["inlineData"] for chunk in chunks for part in chunk.parts or () if "inlineData" in part]
    assert len(blobs) == 1
    assert base64.b64decode(blobs[0]["data"]).startswith(b"\x89PNG")  # type: ignore[index, call-overload, arg-type]


def test_pictures_come_alone_when_only_they_are_wanted() -> None:
    """upstream.md 5.11."""
    chunks = an_answer("gemini-3.1-flash-image", "a cat", generationConfig={"responseModalities": ["IMAGE"]})

    assert kinds(chunks) == ["blob", "text"]


def test_search_brings_sources_with_byte_offsets() -> None:
    """upstream.md 6.7."""
    grounding: Any = an_answer("gemini-2.5-flash", "[[sim: ground=3]]", tools=[{"googleSearch": {}}])[
        -1
    ].grounding

    assert len(grounding["groundingChunks"]) == 3
    segment = grounding["groundingSupports"][0]["segment"]
    assert segment["endIndex"] == len(segment["text"].encode())


def test_any_finish_can_be_wished() -> None:
    """upstream.md 9.4."""
    last = an_answer("gemini-3-flash", "[[sim: finish=MALFORMED_FUNCTION_CALL]]")[-1]

    assert last.finish == "MALFORMED_FUNCTION_CALL"
    assert last.finish_message


@pytest.mark.parametrize(
    ("model_id", "config", "thinks"),
    [
        ("gemini-3-flash", None, True),
        ("gemini-3-flash", {"thinkingBudget": 0}, False),
        ("gemini-pro-agent", {"thinkingBudget": 0}, True),
        ("gemini-2.5-flash", None, False),
        ("gemini-2.5-flash", {"thinkingBudget": -1}, True),
        ("claude-sonnet-4-6", None, False),
        ("claude-sonnet-4-6", {"thinkingBudget": 1024}, True),
        ("claude-sonnet-4-6", {"includeThoughts": False, "thinkingBudget": 0}, False),
    ],
)
def test_models_think_by_their_rules(model_id: str, config: dict[str, Any] | None, *, thinks: bool) -> None:
    """upstream.md 4.4."""
    model = load_catalog("catalog-2026-08").find(model_id)
    assert model is not None
    generation = {} if config is None else {"thinkingConfig": config}

    assert is_thinking(model, msgspec.convert({"generationConfig": generation}, GenerateRequest)) is thinks


def test_rounds_are_counted_since_the_last_real_user_text() -> None:
    """upstream.md 9.4."""
    call = {"role": "model", "parts": [{"functionCall": {"name": "f"}}]}
    answer = {"role": "user", "parts": [{"functionResponse": {"name": "f", "response": {}}}]}
    asked = {"role": "user", "parts": [{"text": "x"}]}
    request = msgspec.convert(
        {"contents": [asked, call, answer, asked, call, answer, call, answer]}, GenerateRequest
    )

    assert rounds_done(request.contents) == 2
