"""The page `docs/reference/errors.md`: what each error is to a client of each dialect."""

import importlib
import json
import pkgutil
from collections.abc import Iterator

import app
from app.dialects.anthropic.dialect import AnthropicDialect
from app.dialects.base import Dialect
from app.dialects.openai_chat.dialect import OpenAIChat
from app.errors import (
    ClientError,
    GatewayError,
    MethodNotAllowed,
    PoolError,
    UnknownModel,
    UpstreamError,
)

DIALECTS: tuple[Dialect, ...] = (OpenAIChat(), AnthropicDialect())
"""In the order of the page's columns."""

BASES = frozenset({GatewayError, ClientError, PoolError, UpstreamError})
"""Never raised themselves."""

_HEAD = """\
# Errors

What can go wrong, and what a client is told: HTTP status, type and, where the API has one, code.
Bodies have the shape of the client's API. The code in the first column stands in logs, metrics and request
rows, whatever the API. Once content has been sent the status is 200 and the error is the stream's last event.
Errors that ask a caller to wait are shown here without a time: OpenAI clients then take the quota for
used up. With a wait of up to 15 minutes they are told `rate_limit_error` and `rate_limit_exceeded` instead.

This page is made from the error classes and the dialects' own tables.

| error | code | meaning | OpenAI | Anthropic |
| --- | --- | --- | --- | --- |
"""


def errors_page() -> str:
    """The page."""
    return _HEAD + "".join(map(_row, all_errors()))


def all_errors() -> list[type[GatewayError]]:
    """Every class of error that is raised anywhere in the product, in the order in which they are defined."""
    for module in pkgutil.walk_packages(app.__path__, "app."):
        if module.name not in ("app.__main__", "app.asgi"):
            importlib.import_module(module.name)
    return [kind for kind in _below(GatewayError) if kind not in BASES and kind.__module__.startswith("app.")]


def an_error(kind: type[GatewayError]) -> GatewayError:
    """One of these."""
    if issubclass(kind, UnknownModel):
        return kind("a-model")
    if issubclass(kind, MethodNotAllowed):
        return kind("Something went wrong.", allow="POST")
    return kind("Something went wrong.")


def _below(kind: type[GatewayError]) -> Iterator[type[GatewayError]]:
    for child in kind.__subclasses__():
        yield child
        yield from _below(child)


def _row(kind: type[GatewayError]) -> str:
    error = an_error(kind)
    told = " | ".join(_told(dialect, error) for dialect in DIALECTS)
    meaning = " ".join(str(kind.__doc__).partition("\n\n")[0].split())
    return f"| {kind.__name__} | `{error.code}` | {meaning} | {told} |\n"


def _told(dialect: Dialect, error: GatewayError) -> str:
    body = json.loads(dialect.refuse(error, "req_1"))["error"]
    words = [body["type"], *filter(None, [body.get("code")])]
    return f"{dialect.status(error)} {' '.join(f'`{word}`' for word in words)}"
