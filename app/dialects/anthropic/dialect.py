"""The Anthropic dialect: what the outside names.

Source: anthropic.md 1, 18, 19, 20. Never: sockets, accounts, settings.
"""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from msgspec import Struct

from app.catalog.profile import ModelProfile
from app.dialects.anthropic import models, parse, refuse
from app.dialects.anthropic.render import render
from app.dialects.anthropic.write import AnthropicWriter
from app.dialects.base import Endpoint, Headers, Params
from app.errors import GatewayError, NotFound
from app.ids import Ids
from app.ir.answer import Answer
from app.ir.prompt import Prompt
from app.wire import json

_OWN_PATHS = ("/v1/messages", "/messages", "/api/event_logging")


class ContextManagement(Struct, frozen=True):
    """What context management saved: nothing."""

    original_input_tokens: int


class CountOut(Struct, frozen=True, omit_defaults=True):
    """The body of a count reply."""

    input_tokens: int
    context_management: ContextManagement | None = None


class AnthropicDialect:
    """The Messages API, token counting and the model list."""

    name: ClassVar[str] = "anthropic"
    accepts_empty: ClassVar[bool] = False
    commit_wait_s: ClassVar[float] = 10.0
    endpoints: ClassVar[tuple[Endpoint, ...]] = (
        Endpoint("POST", "/v1/messages", "generate"),
        Endpoint("POST", "/messages", "generate"),
        Endpoint("POST", "/v1/messages/count_tokens", "count"),
        Endpoint("POST", "/messages/count_tokens", "count"),
        Endpoint("GET", "/v1/models", "list_models"),
        Endpoint("GET", "/v1/models/{id}", "get_model"),
        Endpoint("POST", "/api/event_logging/batch", "acknowledge"),
    )

    def claims(self, path: str, headers: Headers, query: Mapping[str, str]) -> bool:
        """A path of its own, or the version header that every client of this API sends."""
        return _is_own(path) or "anthropic-version" in headers

    def canonical(self, path: str) -> str:
        """Each endpoint is listed under all of its paths."""
        return path

    def unknown(self, path: str) -> NotFound | None:
        """A plain word; this API has no finer ones."""
        is_here = _is_own(path) or path.startswith("/v1/")
        return NotFound(f"There is nothing at `{path[:200]}`.") if is_here else None

    def parse(self, endpoint: Endpoint, body: bytes, params: Params) -> Prompt:
        """The body of a generate or count request. Raises BadRequest with a dotted path."""
        if endpoint.operation == "count":
            return parse.parse_count(body, params.headers)
        return parse.parse_generate(body, params.headers)

    def writer(self, prompt: Prompt, ids: Ids, created: int) -> AnthropicWriter:
        """A writer for one streaming reply."""
        return AnthropicWriter(prompt, ids)

    def render(self, prompt: Prompt, answer: Answer, ids: Ids, created: int) -> bytes:
        """The body of a reply that does not stream. Raises EmptyAnswer where there is nothing to show."""
        return render(prompt, answer, ids)

    def render_count(self, prompt: Prompt, tokens: int) -> bytes:
        """The body of a count reply."""
        memo = parse.memo_of(prompt)
        saved = ContextManagement(tokens) if memo.context_management else None
        return json.encode(CountOut(tokens, saved))

    def list_models(self, profiles: Sequence[ModelProfile], params: Params) -> bytes:
        """A page of the model list. Raises BadRequest for bad paging."""
        return json.encode(models.model_page(profiles, params.query))

    def show_model(self, profile: ModelProfile, params: Params) -> bytes:
        """One model."""
        return json.encode(models.model_out(profile))

    def refuse(self, error: GatewayError, request_id: str) -> bytes:
        """The body of an error reply."""
        return json.encode(refuse.error_out(error, request_id))

    def status(self, error: GatewayError) -> int:
        """The HTTP status of an error reply."""
        return refuse.refusal_of(error).status

    def headers(self, request_id: str, took_ms: int) -> dict[str, str]:
        """The request id under both of its names."""
        return {"request-id": request_id, "x-request-id": request_id}


def _is_own(path: str) -> bool:
    return any(path == root or path.startswith(f"{root}/") for root in _OWN_PATHS)
