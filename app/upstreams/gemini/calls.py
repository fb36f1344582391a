"""Calls of the model under the caller's own names, with arguments as declared and ids that are unique.

One per attempt. Never: events. Source: anthropic.md 12, openai.md 8.2, tool-schemas.md 8 and 9.
"""

import re
from collections.abc import Iterable
from typing import Final

import msgspec
from msgspec import Struct

from app.ids import Ids
from app.upstreams.base import ToolBinding
from app.upstreams.gemini.arguments import restored
from app.upstreams.gemini.names import own_name
from app.upstreams.gemini.salvage import readable
from app.upstreams.gemini.wire import Call

_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,40}")


class ReadCall(Struct, frozen=True, gc=False):
    """A call as it is delivered."""

    id: str
    name: str
    args: str


class CallReader:
    """Reads the calls of one answer.

    read(f, id "a") -> id "a" ; read(the same) -> None ; read(g, id "a") -> a fresh id
    """

    def __init__(
        self, bindings: Iterable[ToolBinding], ids: Ids, known_ids: frozenset[str], prefix: str
    ) -> None:
        self._bindings = {binding.spec.name: binding for binding in bindings}
        self._owners = {binding.wire_name: name for name, binding in self._bindings.items()}
        self._ids = ids
        self._known = known_ids
        self._prefix = prefix
        self._given: set[str] = set()
        self._seen: set[tuple[str, str, bytes]] = set()

    def read(self, call: Call) -> ReadCall | None:
        """`call` for the caller, None where it only repeats an earlier one."""
        raw = bytes(call.args)
        if call.id:
            seen = (call.id, call.name, raw)
            if seen in self._seen:
                return None
            self._seen.add(seen)
        name = own_name(call.name, self._owners)
        return ReadCall(self._id(call.id), name, self._args(raw, self._bindings.get(name)))

    def _id(self, given: str | None) -> str:
        if given and _ID.fullmatch(given) and given not in self._known and given not in self._given:
            call_id = given
        else:
            call_id = self._prefix + self._ids.token(24)
        self._given.add(call_id)
        return call_id

    @staticmethod
    def _args(raw: bytes, binding: ToolBinding | None) -> str:
        try:
            return restored(raw, binding).decode()
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return restored(readable(raw), binding).decode()
