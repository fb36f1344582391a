"""Wishes about the generation, and what ties the requests of one conversation together.

Source: anthropic.md 3.4, 7, 8. Never: limits and budgets of a model, which `app.catalog` settles.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from app.dialects.anthropic.wire import (
    ABSENT,
    WireOutputConfig,
    WireRequest,
    WireThinking,
    kind_of,
    read_format,
    refusal,
    text_of,
)
from app.ir.prompt import OutputShape, Sampling, Thinking
from app.wire import json

DEFAULT_MAX_TOKENS: Final = 8192

_EFFORTS: Final = frozenset({"minimal", "low", "medium", "high", "xhigh", "max"})
_MODES: Final = frozenset({"enabled", "adaptive", "auto", "disabled"})
_SESSION_IN_USER: Final = re.compile(r"_session_([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})")


def max_tokens_of(request: WireRequest) -> int:
    """The caller's limit, 8192 where there is none."""
    limit = request.max_tokens
    if limit is None:
        return DEFAULT_MAX_TOKENS
    if isinstance(limit, bool) or not isinstance(limit, int) or limit < 1:
        raise refusal("max_tokens", "max_tokens is an integer of at least 1")
    return limit


def stream_of(request: WireRequest) -> bool:
    """Whether the reply shall stream."""
    if request.stream is not None and not isinstance(request.stream, bool):
        raise refusal("stream", "stream is true or false", "invalid_type")
    return bool(request.stream)


def sampling_of(request: WireRequest, max_tokens: int | None) -> Sampling:
    """Sampling as wished; what is out of every model's range is clamped."""
    return Sampling(
        max_tokens=max_tokens,
        temperature=None if request.temperature is None else max(0.0, request.temperature),
        top_p=None if request.top_p is None else min(1.0, max(0.0, request.top_p)),
        top_k=None if request.top_k is None else max(0, int(request.top_k)),
    )


def stop_of(request: WireRequest) -> tuple[str, ...]:
    """Stop sequences in order, once each, without blank ones."""
    return tuple(dict.fromkeys(word for word in request.stop_sequences or () if word.strip()))


def thinking_of(thinking: WireThinking | None, config: WireOutputConfig | None) -> Thinking:
    """The wish about thinking. Source: anthropic.md 8.1, 8.3."""
    efforts = (config.effort if config else None, thinking.effort if thinking else None)
    effort = next((text for value in efforts if (text := text_of(value).lower()) in _EFFORTS), None)
    if thinking is None:
        return Thinking(effort=effort)
    if thinking.type not in _MODES:
        raise refusal("thinking.type", "thinking is one of enabled, adaptive, disabled")
    if thinking.type == "disabled":
        return Thinking("off", effort=effort)
    budget = thinking.budget_tokens if thinking.type == "enabled" else None
    if budget is not None and (isinstance(budget, bool) or not isinstance(budget, int) or budget < 1):
        raise refusal("thinking.budget_tokens", "budget_tokens is a positive integer")
    return Thinking("on", budget, effort)


def output_of(request: WireRequest) -> OutputShape:
    """The form of the answer; the newer member wins over the older. Source: anthropic.md 7.4."""
    raw, where = request.output_format, "output_format"
    if request.output_config is not None and kind_of(request.output_config.format) not in ("", "null"):
        raw, where = request.output_config.format, "output_config.format"
    kind = kind_of(raw)
    if kind in ("", "null"):
        return OutputShape()
    wish = read_format(raw) if kind == "object" else None
    word = wish.type if wish is not None else json.parse_or_none(bytes(raw))
    if word == "text":
        return OutputShape()
    if word not in ("json_schema", "json", "json_object"):
        raise refusal(f"{where}.type" if wish else where, "the format is json_schema")
    schema = wish.schema if wish is not None else ABSENT
    if kind_of(schema) not in ("", "null", "object"):
        raise refusal(f"{where}.schema", "a schema is a JSON object", "invalid_type")
    return OutputShape("json", bytes(schema) if kind_of(schema) == "object" else None)


def affinity_of(request: WireRequest, headers: Mapping[str, str]) -> str | None:
    """The session key in clear: the first that the caller names. Malformed values are passed over."""
    return next((key for key in _session_keys(request, headers) if key.strip()), None)


def _session_keys(request: WireRequest, headers: Mapping[str, str]) -> Iterator[str]:
    yield headers.get("x-claude-code-session-id", "")
    metadata = request.metadata if isinstance(request.metadata, dict) else {}
    user = text_of(metadata.get("user_id"))
    yield text_of((json.object_or_none(user) or {}).get("session_id"))
    found = _SESSION_IN_USER.search(user)
    yield found[1] if found else ""
    yield user
