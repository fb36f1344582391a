"""The request messages as typed values.

Decoded only from bodies that `protocheck` has put into canonical form, so that nothing here guesses.
"""

from typing import Any

import msgspec
from msgspec import Struct, field

from app.simulator.render import Json


class Blob(Struct, frozen=True, rename="camel"):
    """Media inside of a part."""

    mime_type: str = ""
    data: str = ""


class FileData(Struct, frozen=True, rename="camel"):
    """Media by address."""

    mime_type: str = ""
    file_uri: str = ""


class FunctionCall(Struct, frozen=True):
    """A call the model made."""

    name: str = ""
    args: dict[str, Any] | None = None
    id: str = ""


class ResponsePart(Struct, frozen=True, rename="camel"):
    """Media inside of a tool result."""

    inline_data: Blob | None = None


class FunctionResponse(Struct, frozen=True):
    """What a tool answered."""

    name: str = ""
    id: str = ""
    response: dict[str, Any] | None = None
    parts: tuple[ResponsePart, ...] = ()


class Part(Struct, frozen=True, rename="camel"):
    """One piece of a turn; exactly one data member is set in a valid one."""

    text: str | None = None
    thought: bool = False
    thought_signature: str | None = None
    inline_data: Blob | None = None
    file_data: FileData | None = None
    function_call: FunctionCall | None = None
    function_response: FunctionResponse | None = None
    executable_code: dict[str, Any] | None = None
    code_execution_result: dict[str, Any] | None = None

    @property
    def data_members(self) -> int:
        """How many members of the oneof `data` are set."""
        members = (
            self.text,
            self.inline_data,
            self.file_data,
            self.function_call,
            self.function_response,
            self.executable_code,
            self.code_execution_result,
        )
        return sum(member is not None for member in members)


class Content(Struct, frozen=True):
    """One turn."""

    role: str = ""
    parts: tuple[Part, ...] = ()


class FunctionDeclaration(Struct, frozen=True, rename="camel"):
    """A tool that the model may call."""

    name: str = ""
    description: str = ""
    parameters: dict[str, Any] | None = None
    parameters_json_schema: dict[str, Any] | None = None


class Tool(Struct, frozen=True, rename="camel"):
    """One entry of `tools`."""

    function_declarations: tuple[FunctionDeclaration, ...] = ()
    google_search: dict[str, Any] | None = None
    url_context: dict[str, Any] | None = None
    code_execution: dict[str, Any] | None = None


class FunctionCallingConfig(Struct, frozen=True, rename="camel"):
    """How free the model is to call."""

    mode: str = "AUTO"
    allowed_function_names: tuple[str, ...] = ()


class ToolConfig(Struct, frozen=True, rename="camel"):
    """Wrapper of the calling mode."""

    function_calling_config: FunctionCallingConfig = FunctionCallingConfig()


class ThinkingConfig(Struct, frozen=True, rename="camel"):
    """Whether and how long the model thinks."""

    include_thoughts: bool = False
    thinking_budget: int | None = None
    thinking_level: str | None = None


class ImageConfig(Struct, frozen=True, rename="camel"):
    """Shape of a generated image."""

    aspect_ratio: str = "1:1"
    image_size: str = "1K"


class GenerationConfig(Struct, frozen=True, rename="camel"):
    """The knobs of one generation."""

    temperature: float | None = None
    top_p: float | None = None
    top_k: float | None = None
    candidate_count: int | None = None
    max_output_tokens: int | None = None
    stop_sequences: tuple[str, ...] = ()
    thinking_config: ThinkingConfig | None = None
    response_mime_type: str | None = None
    response_schema: dict[str, Any] | None = None
    response_json_schema: Any = None
    response_modalities: tuple[str, ...] = ()
    image_config: ImageConfig | None = None
    presence_penalty: float | None = None
    frequency_penalty: float | None = None


class SafetySetting(Struct, frozen=True):
    """A threshold for one category."""

    category: str = ""
    threshold: str = ""


class GenerateRequest(Struct, frozen=True, rename="camel"):
    """The Gemini-style request inside of the envelope."""

    contents: tuple[Content, ...] = ()
    model: str = ""
    system_instruction: Content | None = None
    tools: tuple[Tool, ...] = ()
    tool_config: ToolConfig = ToolConfig()
    generation_config: GenerationConfig = GenerationConfig()
    safety_settings: tuple[SafetySetting, ...] = ()
    session_id: str = ""

    @property
    def declarations(self) -> tuple[FunctionDeclaration, ...]:
        """All declarations in the order sent."""
        return tuple(declared for tool in self.tools for declared in tool.function_declarations)

    @property
    def has_search(self) -> bool:
        """Whether the search tool is offered."""
        return any(tool.google_search is not None for tool in self.tools)


class Envelope(Struct, frozen=True, rename="camel"):
    """Body of the generating methods and of `countTokens`."""

    request: GenerateRequest = field(default_factory=GenerateRequest)
    project: str = ""
    model: str = ""
    request_id: str = ""
    request_type: str = ""
    user_agent: str = ""
    enabled_credit_types: tuple[str, ...] = ()


def envelope(canonical: dict[str, Json]) -> Envelope:
    """The typed form of a body that passed the proto check."""
    return msgspec.convert(canonical, Envelope)


def last_user_text(request: GenerateRequest) -> str:
    """All text of the last user turn that holds any, directives included."""
    for content in reversed(request.contents):
        if content.role != "model":
            texts = [part.text for part in content.parts if part.text and not part.thought]
            if texts:
                return "\n".join(texts)
    return ""
