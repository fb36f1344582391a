"""What all tests share: options of the run."""

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--accept-plays", action="store_true", help="write into the plays what really comes out")
