"""The shapes of a Chat Completions request, as lenient as the clients are various.

Scalars are `Any`: `values.py` reads them and knows the error words. JSON that is only carried (schemas,
arguments, content parts) stays raw. Unknown members are passed over. Source: openai.md 5.
Never: a meaning.
"""

from typing import Any, Final

import msgspec
from msgspec import Raw, Struct, field

ABSENT: Final = Raw()
"""A raw member that was not sent."""


class WireFunction(Struct, frozen=True):
    """Name and arguments of a call, as text in JSON or as the object itself."""

    name: Any = None
    arguments: Raw = ABSENT
    thought_signature: Any = None
    provider_specific_fields: Any = None


class WireCustomCall(Struct, frozen=True):
    """A call of a tool without a schema."""

    name: Any = None
    input: Any = None


class WireCall(Struct, frozen=True):
    """One entry of `tool_calls`."""

    id: Any = None
    type: Any = None
    function: WireFunction | None = None
    custom: WireCustomCall | None = None
    extra_content: Any = None
    thought_signature: Any = None
    provider_specific_fields: Any = None


Content = str | list[Raw] | dict[str, Raw] | None
"""What `content` may be: an object only in tool messages."""


class WireMessage(Struct, frozen=True):
    """One message of any role."""

    role: Any = None
    content: Content = None
    name: Any = None
    tool_calls: list[WireCall] | None = None
    tool_call_id: Any = None
    function_call: WireFunction | None = None
    refusal: Any = None
    reasoning_content: Any = None
    reasoning: Any = None
    images: list[Raw] | None = None


class WirePart(Struct, frozen=True):
    """One content part of any type, Anthropic's blocks included, which some editors mix in."""

    type: Any = None
    text: Any = None
    refusal: Any = None
    thinking: Any = None
    signature: Any = None
    image_url: Any = None
    video_url: Any = None
    input_audio: Any = None
    source: Any = None
    file: Any = None
    filename: Any = None
    file_data: Any = None
    file_id: Any = None
    file_url: Any = None
    id: Any = None
    name: Any = None
    input: Raw = ABSENT
    tool_use_id: Any = None
    content: Content = None
    is_error: Any = None


class WireToolFunction(Struct, frozen=True):
    """The declaration inside a tool, or an entry of the legacy `functions`."""

    name: Any = None
    description: Any = None
    parameters: Raw = ABSENT


class WireCustomTool(Struct, frozen=True):
    """The declaration inside a free-form tool."""

    name: Any = None
    description: Any = None
    format: Any = None


class WireTool(Struct, frozen=True):
    """A tool in any of the three accepted shapes, or free-form, or built in."""

    type: Any = None
    function: WireToolFunction | None = None
    custom: WireCustomTool | None = None
    name: Any = None
    description: Any = None
    parameters: Raw = ABSENT
    input_schema: Raw = ABSENT
    format: Any = None


class WireJsonSchema(Struct, frozen=True):
    """`response_format.json_schema`."""

    schema: Raw = ABSENT


class WireFormat(Struct, frozen=True):
    """`response_format`, or `text.format` of a Responses-shaped body with its schema flat."""

    type: Any = None
    json_schema: WireJsonSchema | None = None
    schema: Raw = ABSENT


class WireText(Struct, frozen=True):
    """`text` of a Responses-shaped body."""

    format: WireFormat | None = None


class WireItem(Struct, frozen=True):
    """One item of a Responses-shaped `input`."""

    type: Any = None
    role: Any = None
    content: Content = None
    call_id: Any = None
    name: Any = None
    arguments: Raw = ABSENT
    input: Any = None
    output: Content = None


class WireRequest(Struct, frozen=True):
    """The body of a chat request."""

    model: Any = None
    messages: list[WireMessage] | None = None
    input: str | list[WireItem] | None = None
    instructions: Any = None
    max_completion_tokens: Any = None
    max_tokens: Any = None
    max_output_tokens: Any = None
    temperature: Any = None
    top_p: Any = None
    top_k: Any = None
    stop: Any = None
    n: Any = None
    seed: Any = None
    presence_penalty: Any = None
    frequency_penalty: Any = None
    stream: Any = None
    stream_options: Any = None
    tools: list[WireTool] | None = None
    functions: list[WireToolFunction] | None = None
    tool_choice: Any = None
    function_call: Any = None
    parallel_tool_calls: Any = None
    response_format: WireFormat | None = None
    text: WireText | None = None
    modalities: Any = None
    image_config: Any = None
    thinking: Any = None
    thinking_budget: Any = None
    budget_tokens: Any = None
    google: Any = None
    reasoning: Any = None
    reasoning_effort: Any = None
    thinking_effort: Any = None
    enable_thinking: Any = None
    include_reasoning: Any = None
    include_thoughts: Any = None
    user: Any = None
    safety_identifier: Any = None
    prompt_cache_key: Any = None
    generation_config: dict[str, Raw] | None = None
    generation_config_camel: dict[str, Raw] | None = field(default=None, name="generationConfig")
    extra_body: dict[str, Raw] | None = None


REQUEST: Final = msgspec.json.Decoder(WireRequest)
PART: Final = msgspec.json.Decoder(WirePart)
MEMBERS: Final = msgspec.json.Decoder(dict[str, Raw])
TEXT: Final = msgspec.json.Decoder(str)
ANY_VALID: Final = msgspec.json.Decoder(Raw)
"""Checks that a text is JSON without building anything."""
