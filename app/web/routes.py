"""Which dialect and endpoint a method and path mean. Pure look-ups; never answers anything itself."""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from app.dialects.base import Dialect, Endpoint
from app.dialects.openai_chat.dialect import canonical_path
from app.errors import GatewayError, MethodNotAllowed, NotFound


class Match(Struct, frozen=True):
    """A request that belongs to a dialect."""

    dialect: Dialect
    endpoint: Endpoint
    path_id: str = ""


class Refusal(Struct, frozen=True):
    """A request under an API's roof that nobody serves, and whose words say so."""

    dialect: Dialect
    error: GatewayError


class Routes:
    """All endpoints of all dialects. Where several share a path, the first that claims the request has it."""

    def __init__(self, dialects: Sequence[Dialect]) -> None:
        self._dialects = tuple(dialects)
        self._exact: dict[str, list[tuple[Dialect, Endpoint]]] = {}
        self._prefixes: dict[str, list[tuple[Dialect, Endpoint]]] = {}
        for dialect in dialects:
            for endpoint in dialect.endpoints:
                prefix, has_id, _ = endpoint.path.partition("{id}")
                table = self._prefixes if has_id else self._exact
                table.setdefault(prefix, []).append((dialect, endpoint))

    def find(
        self, method: str, path: str, headers: Mapping[str, str], query: Mapping[str, str]
    ) -> Match | Refusal | None:
        """Who serves a request, None when it is no dialect's business."""
        served, path_id = self._served(path)
        if not served:
            path = canonical_path(path)
            served, path_id = self._served(path)
        if not served:
            return self._unknown(path, headers, query)
        claiming = [pair for pair in served if pair[0].claims(path, headers, query)] or served
        for dialect, endpoint in claiming:
            if endpoint.method == method:
                return Match(dialect, endpoint, path_id)
        allow = ", ".join(sorted({endpoint.method for _, endpoint in claiming}))
        error = MethodNotAllowed(f"`{method}` is not allowed here; use {allow}.", allow=allow)
        return Refusal(claiming[0][0], error)

    def _served(self, path: str) -> tuple[list[tuple[Dialect, Endpoint]], str]:
        if served := self._exact.get(path):
            return served, ""
        for prefix, served in self._prefixes.items():
            if path.startswith(prefix) and len(path) > len(prefix):
                return served, path[len(prefix) :]
        return [], ""

    def _unknown(self, path: str, headers: Mapping[str, str], query: Mapping[str, str]) -> Refusal | None:
        if not path.startswith(("/v1/", "/api/event_logging", "/messages", "/chat/")):
            return None
        dialect = next(known for known in self._dialects if known.claims(path, headers, query))
        return Refusal(dialect, NotFound(f"There is nothing at `{path[:200]}`."))
