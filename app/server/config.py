"""Our options in Hypercorn's words.

Never: a listening socket of Hypercorn's; `serve` binds by itself.
"""

import logging
import ssl
from time import time
from wsgiref.handlers import format_date_time

from hypercorn.config import Config

from app.server.options import ServerOptions

log = logging.getLogger("app.server")


class FloorConfig(Config):
    """Hypercorn's configuration; the date header is formatted once a second, not once a response."""

    def __init__(self) -> None:
        self._second = 0
        self._date: list[tuple[bytes, bytes]] = []

    def response_headers(self, protocol: str) -> list[tuple[bytes, bytes]]:
        """Headers of every response. The server does not name itself."""
        now = int(time())
        if now != self._second:
            self._second = now
            self._date = [(b"date", format_date_time(now).encode("ascii"))]
        return self._date


def config_from(options: ServerOptions) -> FloorConfig:
    """The part of `options` that Hypercorn's classes look at."""
    config = FloorConfig()
    config.errorlog = log
    config.accesslog = None
    config.h11_max_incomplete_size = options.max_head_bytes
    config.h2_max_header_list_size = options.max_head_bytes
    config.h2_max_concurrent_streams = options.http2_streams
    # A connection is ended by idleness or a shutdown; a count would cut the streams that run on it.
    config.keep_alive_max_requests = 1 << 62
    config.startup_timeout = options.startup_timeout_s
    config.shutdown_timeout = options.shutdown_timeout_s
    return config


def tls_context(options: ServerOptions) -> ssl.SSLContext | None:
    """TLS 1.2 and up, HTTP/2 preferred; None without a certificate."""
    if options.certfile is None or options.keyfile is None:
        return None
    config = Config()
    config.certfile = options.certfile
    config.keyfile = options.keyfile
    config.alpn_protocols = ["h2", "http/1.1"]
    return config.create_ssl_context()
