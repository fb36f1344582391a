"""Who is calling: a key in any of the places where clients put one.

Whoever keeps sending wrong ones is told to wait; a right one is never held up. Source: threats.md S11.
Never: what the caller may do; that is `admit`.
"""

from collections.abc import Iterator
from typing import ClassVar, Protocol

from app.dialects.base import Params
from app.errors import LimitReached, Unauthenticated
from app.flow import Caller, Flow
from app.hooks.call import change_flow
from app.hooks.table import HookTable
from app.pipeline.stage import Proceed
from app.throttle import Throttle

_KEY_HEADERS = ("x-api-key", "api-key", "x-goog-api-key", "anthropic-api-key")


class KeyRing(Protocol):
    """Knows the keys that were handed out."""

    async def find(self, presented: str) -> Caller | None:
        """The owner of a key, None for one that is not valid."""
        ...


class Authenticate:
    """Turns a key into a Caller. A request is let in if any key it presents is valid.

    `guesses` counts wrong keys; None lets everybody send as many as they like.
    """

    name: ClassVar[str] = "authenticate"

    def __init__(self, keys: KeyRing, hooks: HookTable, guesses: Throttle | None = None) -> None:
        self._keys = keys
        self._hooks = hooks
        self._guesses = guesses

    async def __call__(self, flow: Flow, proceed: Proceed) -> None:
        # Who asks within the gateway is known already.
        flow.caller = flow.caller or await self._caller(flow.params, flow.peer)
        if self._hooks.caller_known:
            await change_flow(self._hooks.caller_known, flow)
        await proceed(flow)

    async def _caller(self, params: Params, peer: str) -> Caller:
        shown = ""
        for key in presented_keys(params):
            caller = await self._keys.find(key)
            if caller is not None:
                return caller
            shown = shown or key
        if not shown:
            raise Unauthenticated(
                "No API key was sent. Send it as `Authorization: Bearer KEY` or as the header `x-api-key`.",
                missing=True,
            )
        self._count_wrong(peer)
        raise Unauthenticated(f"The API key{_masked(shown)} is not valid here.")

    def _count_wrong(self, peer: str) -> None:
        """Raises LimitReached for an address that has sent too many wrong keys."""
        if self._guesses is None:
            return
        if (wait_s := self._guesses.wait_s(peer)) > 0:
            raise LimitReached(
                "Too many wrong API keys came from this address, and this one is not valid either.",
                retry_after_s=wait_s,
            )
        self._guesses.take(peer)


def presented_keys(params: Params) -> Iterator[str]:
    """Every key that a request carries, in the order in which they count."""
    scheme, _, rest = params.headers.get("authorization", "").strip().partition(" ")
    if scheme.lower() == "bearer" and rest.strip():
        yield rest.strip()
    for name in _KEY_HEADERS:
        if value := params.headers.get(name, "").strip():
            yield value
    if value := params.query.get("key", "").strip():
        yield value


def _masked(key: str) -> str:
    """Enough of a key to recognise it by, nothing of a short one. Source: openai.md 2."""
    if len(key) < 12 or not key.isascii() or not key.isprintable():
        return ""
    return f" `{key[:3]}…{key[-4:]}`"
