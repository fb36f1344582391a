"""The upstream's own words: what is sent inside of `request`, and what a chunk of an answer holds.

Names are camel case on the wire. Unknown members are ignored; nothing here has behaviour.
Source: Gemini API, GenerateContentRequest and GenerateContentResponse; upstream.md 5 and 6.
"""

from msgspec import Raw, Struct, field

NOTHING = Raw(b"")
"""A member that holds any JSON and was not there."""


# Answers. No defaults that would have to be made per object: an absent member is None.


class Call(Struct, rename="camel", gc=False):
    """A call of the model. `args` is any JSON: usually an object, at times its text, at times missing."""

    name: str = ""
    args: Raw = NOTHING
    id: str | None = None
    thought_signature: str | None = None
    signature_in_snake: str | None = field(default=None, name="thought_signature")
    signature: str | None = None


class InlineFile(Struct, rename="camel", gc=False):
    """A file in base64."""

    mime_type: str = ""
    data: str = ""


class LinkedFile(Struct, rename="camel", gc=False):
    """A file by address."""

    mime_type: str = ""
    file_uri: str = ""


class Code(Struct, rename="camel", gc=False):
    """A program the model wrote for the code tool."""

    language: str = ""
    code: str = ""


class CodeResult(Struct, rename="camel", gc=False):
    """What came of running it."""

    outcome: str = ""
    output: str = ""


class Part(Struct, rename="camel", gc=False):
    """One piece of an answer; at most one of its kinds is set."""

    text: str | None = None
    thought: bool = False
    thought_signature: str | None = None
    function_call: Call | None = None
    inline_data: InlineFile | None = None
    file_data: LinkedFile | None = None
    executable_code: Code | None = None
    code_execution_result: CodeResult | None = None
    signature_in_snake: str | None = field(default=None, name="thought_signature")
    signature: str | None = None


class Content(Struct, rename="camel", gc=False):
    """Pieces in order."""

    parts: list[Part] | None = None


class Candidate(Struct, rename="camel", gc=False):
    """One alternative; only one is ever asked for."""

    content: Content | None = None
    finish_reason: str | None = None
    finish_message: str | None = None
    grounding_metadata: Raw = NOTHING
    citation_metadata: Raw = NOTHING
    thought_signature: str | None = None
    signature_in_snake: str | None = field(default=None, name="thought_signature")
    signature: str | None = None


class Feedback(Struct, rename="camel", gc=False):
    """Why a prompt was refused."""

    block_reason: str | None = None
    block_reason_message: str | None = None


class Tokens(Struct, rename="camel", gc=False):
    """Counts so far. A member that is missing has not changed."""

    prompt_token_count: int | None = None
    candidates_token_count: int | None = None
    total_token_count: int | None = None
    thoughts_token_count: int | None = None
    cached_content_token_count: int | None = None
    tool_use_prompt_token_count: int | None = None


class Chunk(Struct, rename="camel", gc=False):
    """One event of a stream."""

    candidates: list[Candidate] | None = None
    usage_metadata: Tokens | None = None
    response_id: str | None = None
    model_version: str | None = None
    prompt_feedback: Feedback | None = None
    error: Raw = NOTHING


class Envelope(Chunk, rename="camel", gc=False):
    """A chunk, either bare or wrapped in `response` as Cloud Code does it."""

    response: Chunk | None = None


# Requests. Members that have their default are left out.


class SentCall(Struct, frozen=True, rename="camel", omit_defaults=True):
    """A call in history; `id` and `args` stand before what may be missing."""

    name: str
    args: Raw
    id: str = ""


class Outcome(Struct, frozen=True, omit_defaults=True):
    """What a call brought: `output`, or `error` where it failed."""

    output: str | None = None
    error: str | None = None


class SentResult(Struct, frozen=True, rename="camel", omit_defaults=True):
    """The result of a call."""

    name: str
    response: Outcome
    id: str = ""


class SentFile(Struct, frozen=True, rename="camel"):
    """A file in base64."""

    mime_type: str
    data: str


class SentLink(Struct, frozen=True, rename="camel", omit_defaults=True):
    """A file by address."""

    file_uri: str
    mime_type: str = ""


class SentPart(Struct, frozen=True, rename="camel", omit_defaults=True):
    """A piece of a turn: exactly one kind of data, and perhaps a signature."""

    text: str | None = None
    thought: bool = False
    function_call: SentCall | None = None
    function_response: SentResult | None = None
    inline_data: SentFile | None = None
    file_data: SentLink | None = None
    thought_signature: str | None = None


class SentContent(Struct, frozen=True, rename="camel", omit_defaults=True):
    """A turn. A part of the caller's own making travels as Raw."""

    role: str
    parts: list[SentPart | Raw]


class SentDeclaration(Struct, frozen=True, rename="camel", omit_defaults=True):
    """A tool. `parameters` is always there."""

    name: str
    parameters: Raw
    description: str = ""


class SentSearch(Struct, frozen=True, rename="camel", omit_defaults=True):
    """Search by the upstream itself."""

    included_domains: tuple[str, ...] = ()


class SentTool(Struct, frozen=True, rename="camel", omit_defaults=True):
    """Either declarations or search."""

    function_declarations: list[SentDeclaration] | None = None
    google_search: SentSearch | None = None


class SentCalling(Struct, frozen=True, rename="camel", omit_defaults=True):
    """Whether and what the model may call."""

    mode: str
    allowed_function_names: list[str] | None = None


class SentToolConfig(Struct, frozen=True, rename="camel"):
    """Wraps SentCalling."""

    function_calling_config: SentCalling


class SentThinking(Struct, frozen=True, rename="camel", omit_defaults=True):
    """Never both a budget and a level."""

    include_thoughts: bool | None = None
    thinking_budget: int | None = None
    thinking_level: str | None = None


class SentImage(Struct, frozen=True, rename="camel", omit_defaults=True):
    """The shape of generated images."""

    aspect_ratio: str | None = None
    image_size: str | None = None


class SentGeneration(Struct, frozen=True, rename="camel", omit_defaults=True):
    """How to generate."""

    max_output_tokens: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    stop_sequences: list[str] | None = None
    candidate_count: int | None = None
    thinking_config: SentThinking | None = None
    response_mime_type: str | None = None
    response_schema: Raw = NOTHING
    response_modalities: list[str] | None = None
    image_config: SentImage | None = None
    media_resolution: str | None = None


class SentRequest(Struct, frozen=True, rename="camel", omit_defaults=True):
    """The inner request, without the envelope."""

    contents: list[SentContent]
    system_instruction: SentContent | None = None
    tools: list[SentTool] | None = None
    tool_config: SentToolConfig | None = None
    generation_config: SentGeneration | None = None
    safety_settings: Raw = NOTHING
