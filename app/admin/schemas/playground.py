"""Requests that an administrator makes through the panel."""

from typing import Annotated, Any

import msgspec
from msgspec import Struct

from app.admin.schemas.base import Body, Text


class PlaygroundBody(Body, frozen=True, kw_only=True):
    """A request in a client's dialect. It costs quota like any other.

    `body` is what a client would send. `key` is the id of a key whose limits shall hold; the administrator
    has none. `account` is the id of the one account that shall answer.
    """

    dialect: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    body: dict[str, Any]
    key: Text | None = None
    account: Text | None = None


class PlaygroundModel(Struct, frozen=True, kw_only=True):
    """A model on offer."""

    id: str
    name: str


class PlaygroundDialect(Struct, frozen=True, kw_only=True):
    """A dialect, and the path at which clients speak it."""

    id: str
    path: str


class PlaygroundChoices(Struct, frozen=True, kw_only=True):
    """What a request may be made of."""

    models: list[PlaygroundModel]
    dialects: list[PlaygroundDialect]


class RecordedRequest(Struct, frozen=True, kw_only=True):
    """A request as it was recorded, to be sent again."""

    id: str
    dialect: str
    body: dict[str, Any]
