"""What database errors mean."""

import sqlite3

import pytest
from tortoise.exceptions import IntegrityError, OperationalError

from app.store.trouble import trouble_of


def an_error(code: int) -> sqlite3.Error:
    error = sqlite3.OperationalError("from SQLite")
    error.sqlite_errorcode = code
    return error


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (an_error(sqlite3.SQLITE_BUSY), "locked"),
        (an_error(sqlite3.SQLITE_BUSY_SNAPSHOT), "locked"),
        (an_error(sqlite3.SQLITE_FULL), "full"),
        (an_error(sqlite3.SQLITE_READONLY_DBMOVED), "readonly"),
        (an_error(sqlite3.SQLITE_CORRUPT), "corrupt"),
        (an_error(sqlite3.SQLITE_IOERR_WRITE), "io"),
        (an_error(sqlite3.SQLITE_AUTH), "other"),
        (IntegrityError("twice"), "row"),
        (UnicodeEncodeError("utf-8", "x", 0, 1, "surrogates"), "row"),
        (OverflowError("too large"), "row"),
        (ConnectionError("gone"), "other"),
    ],
)
def test_errors_of_drivers_have_one_word_each(error: Exception, kind: str) -> None:
    """faults.md 4: gateway_db_errors_total{kind}."""
    assert trouble_of(error).kind == kind
    # Tortoise wraps the driver's error.
    assert trouble_of(OperationalError(error)).kind == kind


def test_only_errors_about_values_set_a_row_aside() -> None:
    """faults.md F101: a locked database takes the same rows later."""
    assert trouble_of(IntegrityError("twice")).is_about_rows
    assert not trouble_of(an_error(sqlite3.SQLITE_BUSY)).is_about_rows
