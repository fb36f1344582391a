"""Where things lie that belong to settings."""

from pathlib import Path

import pytest

from app.settings.load import load
from app.settings.places import data_folder, database_url, sqlite_file


def test_the_database_address_is_made_from_the_path() -> None:
    """amendments.md 1."""
    assert database_url(load({"DB_PATH": "/srv/x.sqlite"}).settings) == "sqlite:///srv/x.sqlite"
    assert database_url(load({}).settings) == "sqlite://./data/database.sqlite"


def test_an_address_that_is_set_wins() -> None:
    """amendments.md 1."""
    assert database_url(load({"DATABASE_URL": "sqlite://y.db"}).settings) == "sqlite://y.db"


@pytest.mark.parametrize(
    ("environ", "folder"),
    [
        ({}, "data"),
        ({"DB_PATH": "/srv/x.sqlite"}, "/srv"),
        ({"DATABASE_URL": "sqlite:///var/y.db?x=1"}, "/var"),
        ({"DATABASE_URL": "postgres://h/d", "DB_PATH": "/srv/x.sqlite"}, "/srv"),
    ],
)
def test_secrets_and_journal_lie_beside_the_database(environ: dict[str, str], folder: str) -> None:
    """amendments.md 1."""
    assert data_folder(load(environ).settings) == Path(folder)


def test_a_database_in_memory_has_no_file() -> None:
    assert sqlite_file("sqlite://:memory:") is None
    assert sqlite_file("postgres://h/d") is None
