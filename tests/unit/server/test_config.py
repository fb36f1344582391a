"""Our options in Hypercorn's words."""

import logging

from app.server.config import config_from, tls_context
from app.server.options import ServerOptions


def test_the_server_does_not_name_itself() -> None:
    """ecosystem.md appendix A."""
    headers = config_from(ServerOptions()).response_headers("h11")

    assert [name for name, _ in headers] == [b"date"]


def test_no_number_of_requests_ends_a_connection() -> None:
    """architecture 7.6: the stock limit cuts running streams."""
    assert config_from(ServerOptions()).keep_alive_max_requests > 1e15


def test_its_messages_go_where_ours_go() -> None:
    """architecture 15."""
    config = config_from(ServerOptions())

    assert config.log.error_logger is logging.getLogger("app.server")
    assert config.log.access_logger is None


def test_without_a_certificate_there_is_no_tls() -> None:
    """amendments 3.4."""
    assert tls_context(ServerOptions()) is None
