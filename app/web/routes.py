"""Which dialect and endpoint a method and path mean. Pure look-ups; never answers anything itself."""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from app.dialects.base import Dialect, Endpoint
from app.errors import GatewayError, MethodNotAllowed


class Match(Struct, frozen=True):
    """A request that belongs to a dialect."""

    dialect: Dialect
    endpoint: Endpoint
    path_id: str = ""


class Methods(Struct, frozen=True):
    """A question what one may do at a path. `allow` is a list for the header."""

    dialect: Dialect
    allow: str


class Refusal(Struct, frozen=True):
    """A request under an API's roof that nobody serves, and whose words say so."""

    dialect: Dialect
    error: GatewayError


class _Served(Struct, frozen=True):
    """A canonical path, who serves it, and what stands in place of `{id}`."""

    path: str
    by: list[tuple[Dialect, Endpoint]] = []
    path_id: str = ""


class Routes:
    """All endpoints of all dialects, of which the last is the one for requests that nobody claims.

    Where several share a path, the first that claims the request has it.
    """

    def __init__(self, dialects: Sequence[Dialect]) -> None:
        self.use(dialects)

    def use(self, dialects: Sequence[Dialect]) -> None:
        """Serve these from now on. A request that was found before goes on as it was."""
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
    ) -> Match | Methods | Refusal | None:
        """Who serves a request, None when it is no dialect's business."""
        served = self._served(path)
        if not served.by:
            return self._unknown(served.path, headers, query)
        claiming = [pair for pair in served.by if pair[0].claims(served.path, headers, query)]
        for dialect, endpoint in claiming or (claiming := served.by[-1:]):
            if endpoint.method == method:
                return Match(dialect, endpoint, served.path_id)
        dialect = claiming[0][0]
        allow = ", ".join(sorted({endpoint.method for _, endpoint in claiming}))
        if method == "OPTIONS":
            return Methods(dialect, f"{allow}, OPTIONS")
        return Refusal(
            dialect, MethodNotAllowed(f"`{method}` is not allowed here; use {allow}.", allow=allow)
        )

    def _served(self, path: str) -> _Served:
        if by := self._exact.get(path):
            return _Served(path, by)
        path = _tidied(path)
        for spelling in dict.fromkeys((path, *(dialect.canonical(path) for dialect in self._dialects))):
            if by := self._exact.get(spelling):
                return _Served(spelling, by)
            for prefix, by in self._prefixes.items():
                if spelling.startswith(prefix) and len(spelling) > len(prefix):
                    return _Served(spelling, by, spelling[len(prefix) :])
        return _Served(path)

    def _unknown(self, path: str, headers: Mapping[str, str], query: Mapping[str, str]) -> Refusal | None:
        for dialect in self._dialects:
            is_last = dialect is self._dialects[-1]
            if is_last or dialect.claims(path, headers, query):
                error = dialect.unknown(dialect.canonical(path))
                return None if error is None else Refusal(dialect, error)
        return None


def _tidied(path: str) -> str:
    """Slashes count once, and not at the end."""
    return "/" + "/".join(filter(None, path.split("/")))
