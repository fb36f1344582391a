"""What a database error means for whoever has rows to write: wait, or set the row aside.

The kinds are the label values of `gateway_db_errors_total`.
"""

import sqlite3
from typing import Literal

from tortoise.exceptions import IntegrityError

Kind = Literal["locked", "full", "readonly", "corrupt", "io", "row", "other"]

_SQLITE_KINDS: dict[int, Kind] = {
    sqlite3.SQLITE_BUSY: "locked",
    sqlite3.SQLITE_LOCKED: "locked",
    sqlite3.SQLITE_FULL: "full",
    sqlite3.SQLITE_READONLY: "readonly",
    sqlite3.SQLITE_PERM: "readonly",
    sqlite3.SQLITE_CORRUPT: "corrupt",
    sqlite3.SQLITE_NOTADB: "corrupt",
    sqlite3.SQLITE_IOERR: "io",
    sqlite3.SQLITE_CANTOPEN: "io",
    sqlite3.SQLITE_CONSTRAINT: "row",
    sqlite3.SQLITE_MISMATCH: "row",
    sqlite3.SQLITE_TOOBIG: "row",
}
_ABOUT_VALUES = (
    IntegrityError,
    ValueError,
    TypeError,
    OverflowError,
    sqlite3.InterfaceError,
    sqlite3.DataError,
)


class Trouble(Exception):
    """A write that did not happen."""

    def __init__(self, kind: Kind, message: str) -> None:
        super().__init__(message)
        self.kind = kind

    @property
    def is_about_rows(self) -> bool:
        """Whether trying again is of no use: the values themselves are refused."""
        return self.kind == "row"


def trouble_of(exc: Exception) -> Trouble:
    """What an error of Tortoise or of a driver means."""
    return Trouble(_kind(exc), f"{type(exc).__name__}: {exc}")


def _kind(exc: BaseException) -> Kind:
    if isinstance(exc, _ABOUT_VALUES):
        return "row"
    code = getattr(exc, "sqlite_errorcode", None)
    if code is not None:
        return _SQLITE_KINDS.get(code & 0xFF, "other")
    inner = next((arg for arg in exc.args if isinstance(arg, BaseException)), None)
    return "other" if inner is None else _kind(inner)
