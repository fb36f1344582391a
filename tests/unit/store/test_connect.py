"""From an address to a connection."""

from app.store.connect import shown


def test_an_address_is_shown_without_its_password() -> None:
    """threats.md S14."""
    assert shown("postgres://gateway:hunter2@db/x") == "postgres://gateway:***@db/x"
    assert shown("sqlite://./data/x.sqlite") == "sqlite://./data/x.sqlite"
