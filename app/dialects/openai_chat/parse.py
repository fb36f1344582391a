"""A chat request to a Prompt.

The table of contents: each wish is read where it is understood. Source: openai.md 5. Never: a model's name.
"""

import hashlib
from collections.abc import Sequence
from typing import Final

from msgspec import Raw
from msgspec.structs import replace

from app.dialects.base import Headers
from app.dialects.openai_chat import choice, input_items, messages, thinking, tools, values, wishes
from app.dialects.openai_chat.messages import History
from app.dialects.openai_chat.tools import Toolbox
from app.dialects.openai_chat.wire import MEMBERS, REQUEST, WireRequest
from app.errors import BadRequest
from app.ir.history import pair
from app.ir.parts import Text
from app.ir.prompt import Prompt, Turn, WebSearch
from app.wire import json as wire_json

_CONVERSATION_HEADERS: Final = ("session-id", "x-session-id", "thread-id")
_ONCE: Final = ("model", "messages", "stream", "tools")
"""Members that must not be there twice. Source: faults.md F095."""


def parse(body: bytes, headers: Headers, *, grounding: bool = False) -> Prompt:
    """The prompt in `body`. `grounding`: web search as the only tool is passed on, not dropped.

    Raises BadRequest that names the field.
    """
    request = _decode(body)
    if not isinstance(request.model, str) or not request.model:
        raise BadRequest("`model` is missing.", where="model", reason="missing_required_parameter")
    wishes.check_choices(request)
    history = _history(request)
    toolbox = tools.read_tools(request)
    chosen = choice.read_choice(request, toolbox, history.turns)
    delivery = wishes.read_wishes(request)
    search = WebSearch() if grounding and toolbox.is_search_only else None
    parallel = values.boolean(request.parallel_tool_calls, "parallel_tool_calls")
    return Prompt(
        model=request.model,
        turns=pair(history.turns),
        system=history.system,
        tools=chosen.tools,
        tool_choice=chosen.choice,
        parallel_calls=parallel is not False and not delivery.legacy_functions,
        sampling=wishes.read_sampling(request),
        thinking=thinking.read_thinking(request),
        output=wishes.read_output(request),
        stop=wishes.read_stop(request),
        stream=values.boolean(request.stream, "stream") or False,
        affinity=_affinity(request, headers, history),
        search=search,
        overlay=wishes.read_overlay(request),
        notes=_notes(request, toolbox, search),
        extras=wire_json.encode(delivery),
    )


def _decode(body: bytes) -> WireRequest:
    """The body's members, with those of a literal `extra_body` among them."""
    try:
        request = wire_json.decode(body, REQUEST, once=_ONCE)
    except BadRequest as exc:
        if exc.where is None and exc.reason == "invalid_type":
            raise BadRequest("The body must be a JSON object.", reason="invalid_json") from exc
        raise
    if request.extra_body is None:
        return request
    inner = {name: value for name, value in request.extra_body.items() if values.raw(value)}
    outer: dict[str, Raw] = MEMBERS.decode(body)
    outer.pop("extra_body")
    return wire_json.decode(wire_json.encode({**outer, **inner}), REQUEST)


def _history(request: WireRequest) -> History:
    if request.messages is None and request.input is not None:
        history = messages.read_messages(input_items.to_messages(request.input), "input")
        first = values.text(request.instructions, "instructions")
        return replace(history, system=(first, *history.system)) if first else history
    if request.messages is None:
        raise BadRequest("`messages` is missing.", where="messages", reason="missing_required_parameter")
    if not request.messages:
        raise BadRequest("`messages` is empty.", where="messages", reason="empty_array")
    return messages.read_messages(request.messages)


def _notes(request: WireRequest, toolbox: Toolbox, search: WebSearch | None) -> tuple[str, ...]:
    dropped = ("tools-dropped",) if toolbox.dropped and search is None else ()
    return (*dropped, *wishes.read_notes(request))


def _affinity(request: WireRequest, headers: Headers, history: History) -> str:
    """What ties the requests of one conversation together. Source: openai.md 16."""
    for where in ("prompt_cache_key", "safety_identifier", "user"):
        if said := values.text(getattr(request, where), where):
            return said
    for name in _CONVERSATION_HEADERS:
        if said := headers.get(name):
            return said
    return _beginning(history.system, history.turns)


def _beginning(system: Sequence[str], turns: Sequence[Turn]) -> str:
    """A digest of the system text and what the user said first."""
    digest = hashlib.blake2b(digest_size=16)
    for text in system:
        digest.update(text.encode())
        digest.update(b"\0")
    said = (
        part.text for turn in turns if turn.role == "user" for part in turn.parts if isinstance(part, Text)
    )
    digest.update(next(said, "").encode())
    return digest.hexdigest()
