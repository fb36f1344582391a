"""An answer to the body of a chat completion that does not stream.

Folds the same deltas that the writer spells. Source: openai.md 8. Never: a rule of its own about content.
"""

from typing import assert_never

from msgspec import UNSET, Struct, UnsetType

from app.dialects.openai_chat.deltas import (
    Call,
    Content,
    Delta,
    Finish,
    Image,
    Reasoning,
    Refusal,
    Style,
    shaper_of,
)
from app.dialects.openai_chat.wishes import wishes_of
from app.ids import Ids
from app.ir.answer import Answer, unfold
from app.ir.events import End
from app.ir.prompt import Prompt
from app.ir.usage import Usage
from app.wire import json as wire_json


class Named(Struct, frozen=True, omit_defaults=True):
    """What is called, and with what: `arguments` for functions, `input` for free-form tools."""

    name: str
    arguments: str | UnsetType = UNSET
    input: str | UnsetType = UNSET


class CallObject(Struct, frozen=True):
    """One entry of `tool_calls`."""

    id: str
    type: str
    function: Named | UnsetType = UNSET
    custom: Named | UnsetType = UNSET
    extra_content: dict[str, dict[str, str]] | UnsetType = UNSET


class ImageUrl(Struct, frozen=True):
    """The address of an image, here always a data URL."""

    url: str


class ImageObject(Struct, frozen=True):
    """One entry of `images`."""

    index: int
    type: str
    image_url: ImageUrl


class Message(Struct, frozen=True):
    """What the assistant said; members without content are left out, apart from the first three."""

    role: str
    content: str | None
    refusal: str | None
    reasoning_content: str | UnsetType = UNSET
    reasoning: str | UnsetType = UNSET
    tool_calls: list[CallObject] | UnsetType = UNSET
    function_call: Named | UnsetType = UNSET
    images: list[ImageObject] | UnsetType = UNSET


class Choice(Struct, frozen=True):
    """One of the answers; here always the only one."""

    index: int
    message: Message
    logprobs: None
    finish_reason: Finish


class UsageObject(Struct, frozen=True):
    """Token counts under OpenAI's names."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int
    prompt_tokens_details: dict[str, int]
    completion_tokens_details: dict[str, int]


class Completion(Struct, frozen=True):
    """The whole body."""

    id: str
    object: str
    created: int
    model: str
    choices: list[Choice]
    usage: UsageObject


def render(prompt: Prompt, answer: Answer, ids: Ids, created: int, style: Style) -> bytes:
    """The body for `answer`."""
    shaper = shaper_of(prompt, style)
    deltas = [delta for event in unfold(answer) for delta in shaper.feed(event)]
    finish = shaper.finish(End(answer.reason))
    message = _message(deltas, style, is_legacy=wishes_of(prompt).legacy_functions)
    return wire_json.encode(
        Completion(
            id="chatcmpl-" + ids.token(29),
            object="chat.completion",
            created=created,
            model=prompt.model,
            choices=[Choice(0, message, None, finish)],
            usage=usage_object(answer.usage),
        )
    )


def usage_object(usage: Usage) -> UsageObject:
    """Counts that always add up: a part is never larger than its whole."""
    return UsageObject(
        prompt_tokens=usage.prompt,
        completion_tokens=usage.output,
        total_tokens=usage.total,
        prompt_tokens_details={"cached_tokens": min(usage.cached, usage.prompt)},
        completion_tokens_details={"reasoning_tokens": min(usage.thoughts, usage.output)},
    )


def _message(deltas: list[Delta], style: Style, *, is_legacy: bool) -> Message:
    texts: list[str] = []
    thoughts: list[str] = []
    refusals: list[str] = []
    made: list[Call] = []
    images: list[ImageObject] = []
    for delta in deltas:
        match delta:
            case Content(text=text):
                texts.append(text)
            case Reasoning(text=text):
                thoughts.append(text)
            case Refusal(text=text):
                refusals.append(text)
            case Call():
                made.append(delta)
            case Image(index=index, url=url):
                images.append(ImageObject(index, "image_url", ImageUrl(url)))
            case _:
                assert_never(delta)
    thought = "".join(thoughts) or UNSET
    return Message(
        role="assistant",
        content="".join(texts) or (None if made else ""),
        refusal="".join(refusals) or None,
        reasoning_content=thought if style.reasoning != "reasoning" else UNSET,
        reasoning=thought if style.reasoning in ("reasoning", "both") else UNSET,
        tool_calls=[_call(call) for call in made] if made and not is_legacy else UNSET,
        function_call=Named(made[0].name, arguments=made[0].arguments) if made and is_legacy else UNSET,
        images=images or UNSET,
    )


def _call(call: Call) -> CallObject:
    extra = UNSET if call.signature is None else {"google": {"thought_signature": call.signature}}
    if call.freeform:
        named = Named(call.name, input=call.arguments)
        return CallObject(call.id, "custom", custom=named, extra_content=extra)
    named = Named(call.name, arguments=call.arguments)
    return CallObject(call.id, "function", function=named, extra_content=extra)
