"""What every dialect offers: how clients speak, without a word about who answers.

A dialect is pure: bytes to Prompt, events to bytes. Writers are made per flow and thrown away.
"""

from collections.abc import Mapping, Sequence
from typing import ClassVar, Literal, Protocol, TypeAlias

from msgspec import Struct

from app.catalog.profile import ModelProfile
from app.errors import GatewayError, NotFound
from app.ids import Ids
from app.ir.answer import Answer
from app.ir.events import Event
from app.ir.prompt import Prompt

Operation: TypeAlias = Literal["generate", "count", "list_models", "get_model", "acknowledge"]

Headers: TypeAlias = Mapping[str, str]
"""Request headers, names in lower case."""


class Endpoint(Struct, frozen=True):
    """A method and path of a dialect. `{id}` in the path takes the rest of it."""

    method: str
    path: str
    operation: Operation


class Params(Struct, frozen=True):
    """What a request carries beside its body. `path_id` is the decoded `{id}` of the path."""

    headers: Headers = {}
    query: Mapping[str, str] = {}
    path_id: str = ""


class Writer(Protocol):
    """Events of one stream to the bytes of one response body."""

    def feed(self, event: Event) -> bytes:
        """Bytes for `event`, empty where the dialect has nothing to say. A Fault ends the stream in-band.

        May raise EmptyAnswer for an End after which nothing has been said at all.
        """
        ...

    def heartbeat(self) -> bytes:
        """Bytes that keep a silent connection warm, legal at this point of the stream; may be empty."""
        ...


class Dialect(Protocol):
    """One client-side API."""

    name: ClassVar[str]
    endpoints: ClassVar[tuple[Endpoint, ...]]
    accepts_empty: ClassVar[bool]
    """Whether an answer without anything in it is delivered once retries are used up (else: an error)."""

    commit_wait_s: ClassVar[float]
    """Seconds after which a silent stream sends its headers and comments all the same; 0 for never."""

    def claims(self, path: str, headers: Headers, query: Mapping[str, str]) -> bool:
        """Whether a request to a path that several dialects share is this one's."""
        ...

    def canonical(self, path: str) -> str:
        """The path of an endpoint that `path` is another spelling of, else `path` itself."""
        ...

    def unknown(self, path: str) -> NotFound | None:
        """The error for a canonical path that leads nowhere; None for one that is not this API's at all."""
        ...

    def parse(self, endpoint: Endpoint, body: bytes, params: Params) -> Prompt:
        """The body of a generate or count request. Raises BadRequest with `where` in the body."""
        ...

    def writer(self, prompt: Prompt, ids: Ids, created: int) -> Writer:
        """A writer for one streaming reply; `created` is epoch seconds."""
        ...

    def render(self, prompt: Prompt, answer: Answer, ids: Ids, created: int) -> bytes:
        """The body of a reply that does not stream."""
        ...

    def render_count(self, prompt: Prompt, tokens: int) -> bytes:
        """The body of a count reply."""
        ...

    def list_models(self, profiles: Sequence[ModelProfile], params: Params) -> bytes:
        """The model list, paged if the dialect pages. Raises BadRequest for bad paging."""
        ...

    def show_model(self, profile: ModelProfile, params: Params) -> bytes:
        """One model."""
        ...

    def refuse(self, error: GatewayError, request_id: str) -> bytes:
        """The body of an error reply."""
        ...

    def status(self, error: GatewayError) -> int:
        """The HTTP status of an error reply; each client's own specification decides it."""
        ...

    def headers(self, request_id: str, took_ms: int) -> dict[str, str]:
        """Headers that every reply of this dialect carries; `took_ms` have passed since the request came."""
        ...
