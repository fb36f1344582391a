"""The server's share of the settings."""

from app.cli.run import server_options
from app.settings.load import load


def test_the_server_has_its_share_of_the_settings() -> None:
    settings = load(
        {
            "HOST": "127.0.0.1",
            "PORT": "0",
            "HTTP2_CLEARTEXT": "off",
            "MAX_CONNECTIONS": "7",
            "HEAD_TIMEOUT_S": "3",
            "HEAD_MAX_BYTES": "9000",
            "WRITE_TIMEOUT_S": "4",
            "DRAIN_S": "5",
        }
    ).settings

    options = server_options(settings)

    assert (options.host, options.port, options.http2_cleartext) == ("127.0.0.1", 0, False)
    assert (options.max_connections, options.header_timeout_s, options.max_head_bytes) == (7, 3.0, 9000)
    assert options.write_timeout_s == 4.0
    assert options.graceful_s > 5.0, "there is time for last words after the drain"
