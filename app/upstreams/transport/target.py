"""A URL taken apart once, and the head of a request written from it.

Never: input or output, redirects, or credentials in a URL.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from urllib.parse import quote, urlsplit

from msgspec import Struct

_HOST = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,252})")
_SAFE_IN_PATH = "/%:@!$&'()*+,;=~?-._[]"
_METHOD = re.compile(r"[A-Z]{1,16}")
_FIELD = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_OURS = frozenset({"host", "content-length", "transfer-encoding", "connection"})
_DEFAULT_PORTS = {"http": 80, "https": 443}


class Origin(Struct, frozen=True):
    """Where connections lead; those of one origin are interchangeable."""

    scheme: str
    host: str
    port: int

    @property
    def is_tls(self) -> bool:
        """Whether the connection is wrapped in TLS."""
        return self.scheme == "https"

    @property
    def authority(self) -> str:
        """What stands in the `Host` header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"


class Target(Struct, frozen=True):
    """One URL: its origin and its path with query."""

    origin: Origin
    path: str


@lru_cache(maxsize=512)
def parse_target(url: str) -> Target:
    """Take `url` apart. Raises ValueError, in a sentence, for anything but plain http and https URLs."""
    if any(char <= " " or char == "\x7f" or char == "\\" for char in url):
        raise ValueError("the address contains a blank, a control character or a backslash")
    parts = urlsplit(url)
    if parts.scheme not in _DEFAULT_PORTS:
        raise ValueError("the address must begin with http:// or https://")
    if "@" in parts.netloc:
        raise ValueError("the address must not contain a user name or password")
    port = _DEFAULT_PORTS[parts.scheme] if parts.port is None else parts.port
    if port == 0:
        raise ValueError("the address names port 0")
    path = quote(parts.path or "/", safe=_SAFE_IN_PATH)
    query = quote(parts.query, safe=_SAFE_IN_PATH)
    origin = Origin(parts.scheme, _host(parts.hostname or ""), port)
    return Target(origin, f"{path}?{query}" if query else path)


def _host(host: str) -> str:
    if ":" in host:  # urlsplit accepts a colon inside brackets only: an IPv6 literal
        return host
    try:
        ascii_host = host.encode("idna").decode("ascii").lower()
    except UnicodeError as exc:
        raise ValueError("the host of the address is not a valid name") from exc
    if _HOST.fullmatch(ascii_host) is None:
        raise ValueError("the host of the address is not a valid name")
    return ascii_host


def request_head(method: str, target: Target, headers: Mapping[str, str], body_length: int) -> bytes:
    """The bytes before the body. Raises ValueError for a header that could smuggle another one."""
    if _METHOD.fullmatch(method) is None:
        raise ValueError(f"{method!r} is not a method")
    lines = [f"{method} {target.path} HTTP/1.1", f"host: {target.origin.authority}"]
    for name, value in headers.items():
        if name.lower() in _OURS or _FIELD.fullmatch(name) is None:
            raise ValueError(f"the header {name!r} cannot be set by a caller")
        lines.append(f"{name}: {value}")
    if body_length or method in {"POST", "PUT", "PATCH"}:
        lines.append(f"content-length: {body_length}")
    head = "\r\n".join(lines)
    if head.count("\n") != len(lines) - 1 or head.count("\r") != len(lines) - 1 or "\0" in head:
        raise ValueError("a header value contains a line break")
    return f"{head}\r\n\r\n".encode("latin-1")
