"""Generation settings in the upstream's own words that a caller laid over the neutral ones.

They become part of the prompt before it is encoded, so that every limit holds for them as well.
Source: gemini.md 4.3, openai.md 5.1.
"""

from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace

from app.errors import BadRequest
from app.ir.prompt import OutputShape, Prompt, Sampling, Thinking
from app.wire import json

WHERE: Final = "generationConfig"


class _Thinking(Struct, rename="camel"):
    include_thoughts: bool | None = None
    thinking_budget: int | None = None
    thinking_level: str | None = None


class _Image(Struct, rename="camel"):
    aspect_ratio: str | None = None
    image_size: str | None = None


class _Settings(Struct, rename="camel"):
    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    max_output_tokens: int | None = None
    stop_sequences: list[str] | None = None
    seed: int | None = None
    candidate_count: int | None = None
    response_mime_type: str | None = None
    response_schema: dict[str, Any] | None = None
    response_json_schema: dict[str, Any] | None = None
    response_modalities: list[str] | None = None
    image_config: _Image | None = None
    thinking_config: _Thinking | None = None


def laid_over(prompt: Prompt) -> Prompt:
    """`prompt` with its overlay worked in. Raises BadRequest for members of a wrong type."""
    if not prompt.overlay:
        return prompt
    value = json.object_or_none(prompt.overlay)
    if value is None:
        raise BadRequest(f"`{WHERE}` is not an object.", where=WHERE, reason="invalid_type")
    settings = json.convert(_in_camel_case(value), _Settings, WHERE)
    if settings.candidate_count not in (None, 1):
        raise BadRequest("Only one candidate can be asked for.", where=f"{WHERE}.candidateCount")
    return replace(
        prompt,
        sampling=_sampling(prompt.sampling, settings),
        stop=prompt.stop if settings.stop_sequences is None else tuple(settings.stop_sequences),
        output=_output(prompt.output, settings),
        thinking=_thinking(prompt.thinking, settings.thinking_config),
        overlay=None,
    )


def _sampling(sampling: Sampling, settings: _Settings) -> Sampling:
    return Sampling(
        max_tokens=_first(settings.max_output_tokens, sampling.max_tokens),
        temperature=_first(settings.temperature, sampling.temperature),
        top_p=_first(settings.top_p, sampling.top_p),
        top_k=_first(settings.top_k, sampling.top_k),
        seed=_first(settings.seed, sampling.seed),
    )


def _output(output: OutputShape, settings: _Settings) -> OutputShape:
    schema = settings.response_json_schema or settings.response_schema
    image = settings.image_config or _Image()
    asks_json = schema is not None or settings.response_mime_type == "application/json"
    return OutputShape(
        kind="json" if asks_json else output.kind,
        schema=output.schema if schema is None else json.encode(schema),
        modalities=tuple(word.lower() for word in settings.response_modalities or output.modalities),
        aspect_ratio=_first(image.aspect_ratio, output.aspect_ratio),
        image_size=_first(image.image_size, output.image_size),
    )


def _thinking(thinking: Thinking, asked: _Thinking | None) -> Thinking:
    if asked is None or (asked.thinking_budget is None and asked.thinking_level is None):
        return thinking
    return replace(
        thinking,
        mode="off" if asked.thinking_budget == 0 else "on",
        budget=asked.thinking_budget if asked.thinking_budget is not None else thinking.budget,
        effort=asked.thinking_level.lower() if asked.thinking_level is not None else thinking.effort,
    )


def _in_camel_case(value: dict[str, Any]) -> dict[str, Any]:
    """Known members may come in snake case; where both are there, camel case wins."""
    renamed = {_camel(name): one for name, one in value.items()} | value
    for name in ("thinkingConfig", "imageConfig"):
        inner = renamed.get(name)
        if isinstance(inner, dict):
            renamed[name] = {_camel(key): one for key, one in inner.items()} | inner
    return renamed


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word[:1].upper() + word[1:] for word in rest)


def _first(*values: Any) -> Any:
    return next((value for value in values if value is not None), None)
