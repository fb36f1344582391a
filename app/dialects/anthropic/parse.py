"""The body of a generate or count request to a Prompt.

Source: anthropic.md 3. Refuses only what cannot be honoured; unknown keys, betas and values pass.
"""

from collections.abc import Sequence

import msgspec
from msgspec import Struct, structs

from app.dialects.anthropic import wishes
from app.dialects.anthropic.findings import Findings
from app.dialects.anthropic.messages import (
    WORDING,
    prefill_instruction,
    split_prefill,
    system_texts,
    turns_of,
)
from app.dialects.anthropic.tools import read_tools
from app.dialects.anthropic.wire import WireMessage, WireRequest, read_request, refusal
from app.dialects.base import Headers
from app.ir.history import pair
from app.ir.prompt import Prompt, Thinking
from app.wire import json


class Memo(Struct, frozen=True, omit_defaults=True):
    """What the reply depends on and the prompt has no place for; travels in `Prompt.extras`."""

    context_management: bool = False


def parse_generate(body: bytes, headers: Headers) -> Prompt:
    """A request for an answer. Trailing assistant text becomes the prefill. Raises BadRequest."""
    request = read_request(body)
    limit = wishes.max_tokens_of(request)
    messages, prefill = split_prefill(request.messages)
    prompt = _prompt(request, messages, headers, limit, stream=wishes.stream_of(request))
    if len(messages) == len(request.messages):
        return prompt
    system = (*prompt.system, prefill_instruction(prefill)) if prefill else prompt.system
    notes = (*prompt.notes, "prefill-moved")
    return structs.replace(prompt, system=system, prefill=prefill, notes=notes)


def parse_count(body: bytes, headers: Headers) -> Prompt:
    """A request to count: nothing is moved, `max_tokens` and `stream` are not looked at."""
    request = read_request(body)
    memo = Memo(context_management=request.context_management is not None)
    prompt = _prompt(request, request.messages, headers, None, stream=False)
    return structs.replace(prompt, extras=json.encode(memo))


def memo_of(prompt: Prompt) -> Memo:
    """What parsing left for the reply."""
    return msgspec.json.decode(prompt.extras, type=Memo) if prompt.extras else Memo()


def _prompt(
    request: WireRequest,
    messages: Sequence[WireMessage],
    headers: Headers,
    max_tokens: int | None,
    *,
    stream: bool,
) -> Prompt:
    _check(request)
    findings = Findings()
    turns = turns_of(messages, findings)
    box = read_tools(request.tools, request.tool_choice, findings)
    thinking = wishes.thinking_of(request.thinking, request.output_config)
    return Prompt(
        model=request.model,
        turns=pair(turns, WORDING),
        system=system_texts(request.system),
        tools=box.tools,
        tool_choice=box.choice,
        parallel_calls=box.parallel,
        sampling=wishes.sampling_of(request, max_tokens),
        thinking=thinking if box.search is None else Thinking("off"),
        output=wishes.output_of(request),
        stop=wishes.stop_of(request),
        stream=stream,
        affinity=wishes.affinity_of(request, headers),
        call_prefix="toolu_",
        search=box.search,
        notes=tuple(findings.notes),
    )


def _check(request: WireRequest) -> None:
    if not request.model.strip():
        raise refusal("model", "a model is needed")
    if not request.messages:
        raise refusal("messages", "at least one message is needed")
    if request.container is not None:
        raise refusal("container", "containers are not available here")
    if request.mcp_servers:
        raise refusal("mcp_servers", "the MCP connector is not available here")
