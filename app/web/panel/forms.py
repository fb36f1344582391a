"""What people enter, as the desks take it: texts to values, and the same texts back when something is wrong.

Never: decides whether a value is good; the structs of the admin API do.
"""

from collections.abc import Callable, Mapping
from typing import TypeVar

import msgspec
from quart import request

from app.admin.refusals import Refused
from app.web.admin.refusing import unreadable

T = TypeVar("T")


async def entered() -> dict[str, str]:
    """Every field of the form, its last value, without the ends' spaces."""
    return {name: value.strip() for name, value in (await request.form).items()}


def shaped(values: Mapping[str, object], shape: type[T]) -> T:
    """The values as a struct; texts may stand for numbers. Raises Refused that names the field."""
    try:
        return msgspec.convert(values, shape, strict=False)
    except msgspec.ValidationError as exc:
        raise unreadable(str(exc)) from exc


def lines(text: str) -> list[str] | None:
    """What stands on lines or between commas; None where nothing does."""
    return [part for part in (each.strip() for each in text.replace(",", "\n").splitlines()) if part] or None


class Mistake:
    """What is wrong with a form, for the field it is about. Nothing is wrong with an empty one.

    `said` puts what the gateway says into the viewer's language.
    """

    def __init__(self, error: Refused | None = None, said: Callable[[str], str] = str) -> None:
        self.text = said(error.message) if error is not None else ""
        self.where = (error.where or "").rpartition(".")[2].partition("[")[0] if error is not None else ""

    def at(self, name: str) -> str:
        """The sentence that belongs beside that field."""
        return self.text if self.where == name else ""

    @property
    def elsewhere(self) -> str:
        """The sentence that belongs to no field."""
        return "" if self.where else self.text
