"""Rows as they are read: somebody may have changed them by hand, or another version may have written them.

SQLite keeps anything in any column. A row that does not hold what it should is left out with a line in the
log, and the others go on working. Source: threats.md S40.
"""

from collections.abc import Callable, Iterable
from typing import Annotated, TypeVar

import msgspec
import structlog
from tortoise.models import Model

from app.plain import LINE_PATTERN

RowT = TypeVar("RowT", bound=Model)
T = TypeVar("T")

Line = Annotated[str, msgspec.Meta(pattern=LINE_PATTERN)]

log = structlog.get_logger(__name__)


def fitting(row: Model, shape: type[T]) -> T:
    """The columns of a row that `shape` names. Raises ValidationError."""
    return msgspec.convert(row, shape, from_attributes=True)


def read_row(row: RowT | None, read: Callable[[RowT], T]) -> T | None:
    """What `read` makes of a row; None for no row, and for one of which it makes nothing."""
    if row is None:
        return None
    try:
        return read(row)
    except (msgspec.DecodeError, ValueError, TypeError) as exc:
        log.error(
            "a row of the database cannot be used and is left out",
            table=type(row)._meta.db_table,
            row=str(row.pk),
            why=str(exc),
        )
        return None


def read_rows(rows: Iterable[RowT], read: Callable[[RowT], T]) -> tuple[T, ...]:
    """What `read` makes of the rows, without those of which it makes nothing."""
    return tuple(found for row in rows if (found := read_row(row, read)) is not None)
