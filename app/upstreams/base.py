"""What every upstream offers: who answers, without a word about who asks."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from typing import ClassVar, Protocol

from msgspec import Struct

from app.catalog.profile import ModelProfile
from app.ids import AccountId, Ids
from app.ir.events import Event
from app.ir.prompt import Prompt, ToolSpec
from app.ir.usage import Usage


class Credential(Struct, frozen=True):
    """What one attempt needs of an account. `access_token` is a secret: never logged, never shown."""

    account: AccountId
    access_token: str
    project: str | None = None


class ToolBinding(Struct, frozen=True):
    """How one tool travels: what it is called on the wire and what was added to its schema.

    `placeholder`: an artificial argument to take out of returned calls. `wrapped`: the arguments are
    `{"value": ...}` around what the caller declared. `renames`: path of an object ("" is the root,
    "/a/b" below, "/a/*" for items) to wire name -> own name of its properties.
    """

    spec: ToolSpec
    wire_name: str
    placeholder: str | None = None
    wrapped: bool = False
    renames: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = ()


class Encoded(Struct, frozen=True):
    """A prompt in the upstream's form, made once per flow; an attempt only puts the envelope around.

    `body` is JSON. `bindings` lets the decoder give calls back under the caller's names.
    `known_call_ids`: ids in the history, which a new call must not repeat. `notes`: what was changed.
    """

    body: bytes
    bindings: tuple[ToolBinding, ...] = ()
    known_call_ids: frozenset[str] = frozenset()
    parallel_calls: bool = True
    call_prefix: str = "call_"
    request_type: str = "agent"
    notes: tuple[str, ...] = ()


class Call(Struct, frozen=True):
    """One attempt: what is sent, apart from the credential. `session` keeps prompt caches together."""

    encoded: Encoded
    profile: ModelProfile
    request_id: str
    session: str = ""
    headers: tuple[tuple[str, str], ...] = ()


class Window(Struct, frozen=True):
    """How much of a quota is left, as last told. `left` is 0..1, None when not known.

    `resets_at` and `read_at` are in epoch seconds. `name` is the upstream's id of the window, for example
    `gemini-5h`; `source` is where it was read: `summary`, or `models` for the list of models.
    """

    group: str
    name: str
    left: float | None
    resets_at: float | None
    source: str = ""
    read_at: float | None = None


class Discovery(Struct, frozen=True):
    """What an account turns out to be. `models` is None when the upstream did not say.

    `replaced` pairs retired upstream model ids with their successors.
    """

    project: str | None
    tier: str | None = None
    models: tuple[str, ...] | None = None
    windows: tuple[Window, ...] = ()
    replaced: tuple[tuple[str, str], ...] = ()


class Token(Struct, frozen=True):
    """A fresh access token. `refresh_token` is set only when the upstream gave a new one."""

    access_token: str
    lifetime_s: float
    refresh_token: str | None = None


class Refresher(Protocol):
    """Turns a refresh token into an access token."""

    async def refresh(self, refresh_token: str) -> Token:
        """Raises CredentialRejected when the token is dead, OAuthClientRejected when the client is wrong,
        UpstreamUnreachable or UpstreamBroken for what may pass."""
        ...


class Decoder(Protocol):
    """Upstream bytes to events; made per attempt and thrown away."""

    def feed(self, data: bytes) -> list[Event]:
        """Events that `data` completes. Never raises for what the upstream sends: trouble is a Fault."""
        ...

    def finish(self) -> list[Event]:
        """The last events, once the body has ended cleanly. The whole stream then is grammatical."""
        ...

    @property
    def is_over(self) -> bool:
        """Whether End or Fault has been given."""
        ...

    @property
    def has_finish(self) -> bool:
        """Whether the upstream has said why it stopped: only token counts can follow."""
        ...

    @property
    def usage(self) -> Usage:
        """Tokens as told so far; what an attempt has cost that is cut short."""
        ...


class Upstream(Protocol):
    """One server-side API."""

    name: ClassVar[str]

    def encode(self, prompt: Prompt, profile: ModelProfile) -> Encoded:
        """The prompt in the upstream's form. Pure. Raises BadRequest for a demand that cannot be met."""
        ...

    def open(self, call: Call, credential: Credential) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
        """The bytes of a good stream; each item is what one read brought. Raises an UpstreamError."""
        ...

    def decoder(self, call: Call, ids: Ids) -> Decoder:
        """A decoder for one attempt."""
        ...

    async def count(self, call: Call, credential: Credential) -> int:
        """Prompt tokens as the upstream counts them. Raises an UpstreamError."""
        ...

    async def discover(self, credential: Credential) -> Discovery:
        """Project, tier, models and quota of an account; onboards it if needed. Raises an UpstreamError."""
        ...
