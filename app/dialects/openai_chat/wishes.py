"""The smaller wishes of a request: sampling, stops, form of the answer, and how to deliver it.

Source: openai.md 5.1, 5.6, 10.2. Never: what a model accepts.
"""

from collections.abc import Iterator
from typing import Final, Literal

import msgspec
from msgspec import Raw, Struct

from app.dialects.openai_chat import values
from app.dialects.openai_chat.wire import WireFormat, WireRequest
from app.errors import BadRequest
from app.ir.prompt import OutputShape, Prompt, Sampling
from app.wire import json as wire_json

_MAX_STOPS: Final = 5
_IGNORED_IF_SET: Final = ("presence_penalty", "frequency_penalty")
_OVERLAY: Final = {
    "temperature": "temperature",
    "top_p": "topP",
    "top_k": "topK",
    "max_output_tokens": "maxOutputTokens",
    "stop_sequences": "stopSequences",
    "response_mime_type": "responseMimeType",
    "response_schema": "responseSchema",
    "response_json_schema": "responseJsonSchema",
    "response_modalities": "responseModalities",
    "image_config": "imageConfig",
    "media_resolution": "mediaResolution",
    "seed": "seed",
    "candidate_count": "candidateCount",
}
"""Members of `generationConfig` that pass, by their other spelling. Source: gemini.md 4.3."""
_OVERLAID: Final = {**_OVERLAY, **{camel: camel for camel in _OVERLAY.values()}}
_UNDERSTOOD: Final = {*_OVERLAID, "thinkingConfig", "thinking_config"}


class ChatWishes(Struct, frozen=True, omit_defaults=True):
    """What only the writers of this dialect need to know; travels in `Prompt.extras`."""

    include_usage: bool = False
    legacy_functions: bool = False
    wants_images: bool = False


_WISHES: Final = msgspec.json.Decoder(ChatWishes)


def wishes_of(prompt: Prompt) -> ChatWishes:
    """The wishes that `parse` has put into a prompt."""
    return _WISHES.decode(prompt.extras) if prompt.extras else ChatWishes()


def read_wishes(request: WireRequest) -> ChatWishes:
    """How the answer is to be delivered."""
    options = request.stream_options if isinstance(request.stream_options, dict) else {}
    return ChatWishes(
        include_usage=values.boolean(options.get("include_usage"), "stream_options.include_usage") or False,
        legacy_functions=bool(request.functions) and not request.tools,
        wants_images="image" in values.words(request.modalities, "modalities"),
    )


def read_sampling(request: WireRequest) -> Sampling:
    """Numbers within OpenAI's ranges; the model's own limits are applied later."""
    limits = (
        values.integer(sent, where, least=1)
        for where, sent in (
            ("max_completion_tokens", request.max_completion_tokens),
            ("max_tokens", request.max_tokens),
            ("max_output_tokens", request.max_output_tokens),
        )
    )
    return Sampling(
        max_tokens=next((limit for limit in limits if limit is not None), None),
        temperature=values.number(request.temperature, "temperature", least=0, most=2),
        top_p=values.number(request.top_p, "top_p", least=0, most=1),
        top_k=values.integer(request.top_k, "top_k", least=0) or None,
        seed=values.integer(request.seed, "seed"),
    )


def read_stop(request: WireRequest) -> tuple[str, ...]:
    """The texts at which to stop, without empty ones."""
    sent = values.present(request.stop)
    stops = (sent,) if isinstance(sent, str) else values.words(sent, "stop")
    stops = tuple(filter(None, stops))
    if len(stops) > _MAX_STOPS:
        raise BadRequest(
            f"`stop` holds {len(stops)} texts; at most {_MAX_STOPS} are possible.",
            where="stop",
            reason="array_above_max_length",
        )
    return stops


def read_output(request: WireRequest) -> OutputShape:
    """The form of the answer. Raises BadRequest for sound and for unknown formats."""
    modalities = values.words(request.modalities, "modalities")
    if "audio" in modalities:
        raise values.unsupported("modalities", "Audio output is not available here.")
    image = values.members(request.image_config, "image_config")
    kind, schema = _format(request)
    return OutputShape(
        kind,
        schema,
        modalities if modalities != ("text",) else (),
        values.text(image.get("aspect_ratio"), "image_config.aspect_ratio"),
        values.text(image.get("image_size"), "image_config.image_size"),
    )


def read_overlay(request: WireRequest) -> bytes | None:
    """The upstream settings that a caller sets directly, in the upstream's spelling; None without any."""
    passed = {_OVERLAID[name]: value for name, value in _settings(request).items() if name in _OVERLAID}
    return wire_json.encode(passed) if passed else None


def check_choices(request: WireRequest) -> None:
    """Refuse what would change the number of answers."""
    count = values.integer(request.n, "n", least=1)
    if count not in (None, 1):
        raise values.unsupported("n", "Only one choice per request is available: send `n` as 1.")


def read_notes(request: WireRequest) -> Iterator[str]:
    """Words about hints that no upstream in sight takes."""
    penalties = [values.number(getattr(request, name), name, least=-2, most=2) for name in _IGNORED_IF_SET]
    if any(penalties) or not (_settings(request).keys() <= _UNDERSTOOD):
        yield "params-dropped"


def _settings(request: WireRequest) -> dict[str, Raw]:
    """The members of the generation config that are there."""
    sent = request.generation_config_camel or request.generation_config or {}
    return {name: value for name, value in sent.items() if values.raw(value)}


def _format(request: WireRequest) -> tuple[Literal["text", "json"], bytes | None]:
    where, sent = "response_format", request.response_format
    if sent is None and request.text is not None:
        where, sent = "text.format", request.text.format
    if sent is None:
        return "text", None
    match values.present(sent.type):
        case "text" | None:
            return "text", None
        case "json_object":
            return "json", None
        case "json_schema":
            return "json", _schema(sent, where)
        case other:
            raise values.unknown(f"{where}.type", other, "text, json_object, json_schema")


def _schema(sent: WireFormat, where: str) -> bytes | None:
    """The schema, nested or flat; without one any JSON will do."""
    schema = values.raw(sent.json_schema.schema if sent.json_schema else sent.schema)
    if schema and not schema.startswith(b"{"):
        at = f"{where}.json_schema.schema"
        raise BadRequest(f"`{at}` must be an object.", where=at, reason="invalid_type")
    return schema or None
