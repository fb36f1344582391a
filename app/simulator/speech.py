"""The words of the simulated model: friendly to people, predictable for tests.

Pure functions of the request and the dice.
"""

import hashlib
import json
from random import Random
from typing import Any

from app.simulator.arguments import fill
from app.simulator.wire import Content, FunctionResponse, GenerateRequest, Part

_SHOWN = 400
_QUOTED = 240

_REPLIES = (
    "Hello from the simulator! You wrote: “{said}”. {media}I am standing in for {name}, so this is not a "
    "real answer, but it came all the way through.",
    "Got it: “{said}”. {media}This is {name}, played by the simulator. A real account would give you a real "
    "answer here.",
    "Thanks for your message, “{said}”. {media}The simulator received it as {name} and sends this sentence "
    "back to you.",
)
_SILENT = "Hello from the simulator! There was no text in your message. {media}I am standing in for {name}."
_THOUGHTS = (
    "**Reading the message**\n\nThe user writes “{said}”. ",
    "**Planning the answer**\n\nI should look at “{said}” first. ",
)
_THOUGHT_ENDS = (
    "I will answer in one friendly sentence and quote what was said.",
    "A short reply that repeats the question is the most useful here.",
)
# fmt: off
_WORDS = (
    "the", "river", "turns", "slowly", "past", "a", "quiet", "harbor", "while", "small", "boats",
    "carry", "paper", "lamps", "and", "people", "talk", "about", "rain", "bread", "music", "maps", "long",
    "bright", "evening", "that", "follows", "every", "good", "day", "of", "patient", "work",
)
# fmt: on


def reply(said: str, request: GenerateRequest, name: str, rng: Random) -> str:
    """The plain answer: quotes the prompt and says who speaks."""
    media = _media_sentence(request)
    if not said:
        return _SILENT.format(media=media, name=name)
    return rng.choice(_REPLIES).format(said=_clip(said, _SHOWN), media=media, name=name)


def thought(said: str, rng: Random, *, tokens: int | None) -> str:
    """What is thought; a given length is kept to the token."""
    if tokens is not None:
        return prose(tokens, rng)
    return rng.choice(_THOUGHTS).format(said=_clip(said, 120)) + rng.choice(_THOUGHT_ENDS)


def before_calls(rng: Random) -> str:
    """What Claude says before it calls."""
    return rng.choice(("Let me check.", "I'll look that up.", "One moment, I'll use a tool for that."))


def before_picture(said: str) -> str:
    """What comes before a picture."""
    return f"Here is a picture for “{_clip(said, 80)}”."


def after_results(request: GenerateRequest, rng: Random) -> str:
    """The end of a tool loop: quotes a part of every result."""
    results = [
        f"{result.name} answered “{_clip(_result_text(result.response), _QUOTED)}”"
        for result in _last_results(request)
    ]
    opening = rng.choice(("The results are in: ", "Here is what I found: ", "Done. "))
    return opening + "; ".join(results) + "."


def prose(tokens: int, rng: Random) -> str:
    """Seeded words of exactly so many tokens (four bytes each)."""
    size = tokens * 4
    words: list[str] = []
    length = 0
    while length < size:
        word = rng.choice(_WORDS)
        words.append(word)
        length += len(word) + 1
    return " ".join(words)[: size - 1] + "." if size else ""


def json_answer(request: GenerateRequest, said: str, rng: Random) -> str:
    """A JSON document of the asked schema, or a small one when none was asked."""
    config = request.generation_config
    schema: Any = config.response_schema or config.response_json_schema
    value = fill(schema, "", said, rng, is_whole=True) if schema else {"answer": _clip(said, _SHOWN)}
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def digest(request: GenerateRequest) -> str:
    """Echo mode: what was received, as JSON, so that a test can see what a conversion did."""
    config = request.generation_config
    system = request.system_instruction
    return json.dumps(
        {
            "system": [part.text for part in system.parts] if system else [],
            "contents": [_content_digest(content) for content in request.contents],
            "tools": [declared.name for declared in request.declarations],
            "toolMode": request.tool_config.function_calling_config.mode,
            "maxOutputTokens": config.max_output_tokens,
            "temperature": config.temperature,
            "stopSequences": list(config.stop_sequences),
            "sessionId": request.session_id,
        },
        ensure_ascii=False,
        separators=(",", ":"),
    )


def _content_digest(content: Content) -> dict[str, Any]:
    return {"role": content.role, "parts": [_part_digest(part) for part in content.parts]}


def _part_digest(part: Part) -> dict[str, Any]:
    seen: dict[str, Any] = {}
    if part.text is not None:
        seen = {
            "text": _clip(part.text, _SHOWN),
            "sha256": hashlib.sha256(part.text.encode()).hexdigest()[:16],
        }
    elif part.function_call is not None:
        seen = {"call": part.function_call.name, "args": part.function_call.args, "id": part.function_call.id}
    elif part.function_response is not None:
        answer = part.function_response
        seen = {"result": answer.name, "response": answer.response, "id": answer.id}
    elif part.inline_data is not None:
        seen = {"media": part.inline_data.mime_type, "base64Length": len(part.inline_data.data)}
    if part.thought:
        seen["thought"] = True
    if part.thought_signature:
        seen["signature"] = part.thought_signature[:12]
    return seen


def _last_results(request: GenerateRequest) -> list[FunctionResponse]:
    for content in reversed(request.contents):
        results = [part.function_response for part in content.parts if part.function_response is not None]
        if results:
            return results
    return []


def _result_text(response: dict[str, Any] | None) -> str:
    if not response:
        return ""
    only = next(iter(response.values())) if len(response) == 1 else response
    return only if isinstance(only, str) else json.dumps(only, ensure_ascii=False, separators=(",", ":"))


def _media_sentence(request: GenerateRequest) -> str:
    kinds = [
        part.inline_data.mime_type
        for content in request.contents[-1:]
        for part in content.parts
        if part.inline_data is not None
    ]
    return f"You sent along: {', '.join(kinds)}. " if kinds else ""


def _clip(text: str, limit: int) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= limit else flat[: limit - 1] + "…"
