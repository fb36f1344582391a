"""What all tests share: options of the run, and an end that leaves nothing behind."""

from collections.abc import Iterator

import pytest
import structlog


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--accept-plays", action="store_true", help="write into the plays what really comes out")


@pytest.fixture(autouse=True)
def logs_as_shipped() -> Iterator[None]:
    """Put logs back as they were: capturing them leaves them set up, which commands can tell."""
    yield
    if structlog.is_configured():
        structlog.reset_defaults()
