"""The whole specification of an addon: every hook, in the order in which a gateway and a request meet it.

`docs/reference/hooks.md` is made from this module. Subclassing Addon is optional: any object with methods
of these names is an addon, and a module is one with functions. A new hook ships only together with a
built-in addon that uses it, a test named after it, and its text here.
Never: behaviour. What calls the hooks stands in `app.hooks.call`.
"""

from typing import Any, ClassVar, Final, Literal, TypeAlias

from msgspec import Struct

from app.flow import Attempt, Flow
from app.hooks.additions import Loader
from app.ir.events import Event
from app.pool.model import PoolChange

Kind: TypeAlias = Literal["life", "changer", "watcher"]
"""life: the addon's own coming and going. changer: may alter or refuse. watcher: looks, and nothing more."""


class Addon:
    """Watches and changes requests. Override what you need; what is left out costs nothing."""

    name: ClassVar[str] = ""
    """What it is called in settings, logs and plans. Left out: its class or file name in lower case."""

    version: ClassVar[str] = ""
    """Shown beside the name. Left out: the `__version__` of its module."""

    options: ClassVar[type[Struct] | None] = None
    """A struct of what can be set, each field with a default. See `configure`."""

    before: ClassVar[tuple[str, ...]] = ()
    """Names of addons whose hooks shall be called after this one's."""

    after: ClassVar[tuple[str, ...]] = ()
    """Names of addons whose hooks shall be called before this one's."""

    tolerant: ClassVar[bool] = False
    """Whether a crash in a changer is logged and skipped. Otherwise it stops the request."""

    @property
    def active(self) -> bool:
        """Whether it has anything to do as it is configured. While it has not, no hook of it is called."""
        return True

    def load(self, loader: Loader) -> None:
        """Called once, before anything runs. Add stages, dialects, upstreams, jobs and admin views here."""

    def configure(self, options: Any) -> None:
        """Called after `load` and after each change, with an `options` struct.

        Values come from `[addons.NAME]` in `config.toml`, from the variables `ADDON_NAME_FIELD`, or from the
        panel. Raise `BadOption` to reject them: before the start that ends the start, later the change is
        taken back.
        """

    async def running(self) -> None:
        """Called when everything is loaded and the gateway is about to serve.

        For an addon that is switched off then, it is called when it is switched on for the first time.
        """

    async def caller_known(self, flow: Flow) -> None:
        """Called when it is known who asks, before the body is read.

        `flow.caller`, `flow.headers` and `flow.endpoint` are set. Raise a `GatewayError` to refuse.
        """

    async def prompt_read(self, flow: Flow) -> None:
        """Called when the body has been read into `flow.prompt`, for generations and token counts.

        Assign a new prompt to change it; never edit the one that is there. Refuse by raising a
        `GatewayError`. Answer without any model by `flow.answer(...)`.
        """

    async def attempt_started(self, flow: Flow, attempt: Attempt) -> None:
        """Called when an account has been lent, before the upstream is asked; again for each further attempt.

        Assign a new `attempt.call` to send headers of your own. Raise a `GatewayError` to refuse.
        """

    def event(self, flow: Flow, event: Event) -> Event | tuple[Event, ...] | None:
        """Called for each event of the answer. Not `async`: it stands between two reads of a stream.

        Return the event, another one, several, or None to drop it. What comes out has to be a stream still:
        blocks open and close, and the last event stays the last.
        """
        return event

    async def attempt_ended(self, flow: Flow, attempt: Attempt) -> None:
        """Called once for each attempt, after the flow is over. `attempt.error` says what went wrong."""

    async def flow_closed(self, flow: Flow) -> None:
        """Called exactly once for each flow, whatever happened, when it is over."""

    async def pool_changed(self, change: PoolChange) -> None:
        """Called when something happened to an account: added, cooled, disabled, refreshed and so on."""

    async def done(self) -> None:
        """Called when the gateway shuts down, or when the addon was replaced and its last flow is over."""


class Hook(Struct, frozen=True):
    """One hook as the table knows it. `parameters` are what it is called with."""

    name: str
    kind: Kind
    parameters: tuple[str, ...]
    is_async: bool = True


HOOKS: Final[tuple[Hook, ...]] = (
    Hook("load", "life", ("loader",), is_async=False),
    Hook("configure", "life", ("options",), is_async=False),
    Hook("running", "life", ()),
    Hook("caller_known", "changer", ("flow",)),
    Hook("prompt_read", "changer", ("flow",)),
    Hook("attempt_started", "changer", ("flow", "attempt")),
    Hook("event", "changer", ("flow", "event"), is_async=False),
    Hook("attempt_ended", "watcher", ("flow", "attempt")),
    Hook("flow_closed", "watcher", ("flow",)),
    Hook("pool_changed", "watcher", ("change",)),
    Hook("done", "life", ()),
)
"""All of them, in the order in which they are met."""

ATTRIBUTES: Final = ("name", "version", "options", "before", "after", "tolerant", "active")
"""What an addon may say about itself."""
