"""OpenAI Chat Completions and Models.

Puts the parts of this package together. Source: openai.md 1, 3, 4, 11. Never: a rule of its own.
"""

from collections.abc import Mapping, Sequence
from typing import ClassVar, Final

from msgspec import UNSET, Struct, UnsetType

from app.catalog.profile import ModelProfile
from app.dialects.base import Endpoint, Headers, Params
from app.dialects.openai_chat.deltas import Style
from app.dialects.openai_chat.parse import parse
from app.dialects.openai_chat.paths import canonical_path, unknown_path
from app.dialects.openai_chat.refusal import error_body, status_of
from app.dialects.openai_chat.render import render
from app.dialects.openai_chat.write import ChatWriter
from app.errors import GatewayError, NotFound
from app.ids import Ids
from app.ir.answer import Answer
from app.ir.prompt import Prompt
from app.wire import json as wire_json

_ROOFS: Final = ("/v1/", "/chat/")
_RELEASED: Final = 1_735_689_600
"""Stands for the release of a model whose day is not known: the start of 2025."""


class ChatOptions(Struct, frozen=True):
    """What an operator may choose. `grounding`: web search alone is passed to the upstream."""

    style: Style = Style()
    grounding: bool = False


class ModelObject(Struct, frozen=True):
    """One model of the list."""

    id: str
    created: int
    owned_by: str
    display_name: str
    context_length: int
    max_output_tokens: int | UnsetType
    object: str = "model"


class ModelList(Struct, frozen=True):
    """All models, never paged."""

    data: list[ModelObject]
    object: str = "list"


class OpenAIChat:
    """The dialect `openai_chat`. It answers on shared paths unless another dialect's sign is there."""

    name: ClassVar[str] = "openai_chat"
    endpoints: ClassVar[tuple[Endpoint, ...]] = (
        Endpoint("POST", "/v1/chat/completions", "generate"),
        Endpoint("GET", "/v1/models", "list_models"),
        Endpoint("GET", "/v1/models/{id}", "get_model"),
    )
    accepts_empty: ClassVar[bool] = True
    commit_wait_s: ClassVar[float] = 0.0

    def __init__(self, options: ChatOptions | None = None) -> None:
        self._options = options or ChatOptions()

    def claims(self, path: str, headers: Headers, query: Mapping[str, str]) -> bool:
        """Whatever does not show the sign of a Gemini or Anthropic client. Source: openai.md 1."""
        is_gemini = "x-goog-api-key" in headers or "x-goog-api-client" in headers or "key" in query
        return not is_gemini and "anthropic-version" not in headers

    def canonical(self, path: str) -> str:
        """Base URLs are entered in many ways; see `paths`."""
        return canonical_path(path)

    def unknown(self, path: str) -> NotFound | None:
        """Whether this API has the endpoint elsewhere, or nobody has."""
        return unknown_path(path) if path == "/v1" or path.startswith(_ROOFS) else None

    def parse(self, endpoint: Endpoint, body: bytes, params: Params) -> Prompt:
        """The prompt of a chat request."""
        return parse(body, params.headers, grounding=self._options.grounding)

    def writer(self, prompt: Prompt, ids: Ids, created: int) -> ChatWriter:
        """A writer for one stream."""
        return ChatWriter(prompt, ids, created, self._options.style)

    def render(self, prompt: Prompt, answer: Answer, ids: Ids, created: int) -> bytes:
        """The body of a reply that does not stream."""
        return render(prompt, answer, ids, created, self._options.style)

    def render_count(self, prompt: Prompt, tokens: int) -> bytes:
        """OpenAI counts no tokens for chat requests. Raises NotFound."""
        raise NotFound("This API has no endpoint that counts tokens.")

    def list_models(self, profiles: Sequence[ModelProfile], params: Params) -> bytes:
        """The offered models, sorted by id."""
        shown = sorted(
            (profile for profile in profiles if not profile.hidden), key=lambda profile: profile.id
        )
        return wire_json.encode(ModelList([_model(profile) for profile in shown]))

    def show_model(self, profile: ModelProfile, params: Params) -> bytes:
        """One model."""
        return wire_json.encode(_model(profile))

    def refuse(self, error: GatewayError, request_id: str) -> bytes:
        """The body of an error reply; the request id travels in a header only."""
        return error_body(error)

    def status(self, error: GatewayError) -> int:
        """The status of an error reply."""
        return status_of(error)

    def headers(self, request_id: str, took_ms: int) -> dict[str, str]:
        """Headers of every reply."""
        return {
            "x-request-id": request_id,
            "openai-version": "2020-10-01",
            "openai-processing-ms": str(took_ms),
        }


def _model(profile: ModelProfile) -> ModelObject:
    return ModelObject(
        id=profile.id,
        created=profile.created or _RELEASED,
        owned_by=profile.owner,
        display_name=profile.display_name,
        context_length=profile.max_input,
        max_output_tokens=UNSET if profile.max_output is None else profile.max_output,
    )
