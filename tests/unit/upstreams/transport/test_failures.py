"""Words for what goes wrong on the way."""

import socket
import ssl

import pytest

from app.upstreams.transport import failures


@pytest.mark.parametrize(
    ("exc", "kind"),
    [
        (TimeoutError(), "connect_timeout"),
        (socket.gaierror(socket.EAI_NONAME, "inner.host.example"), "dns"),
        (ssl.SSLCertVerificationError("self-signed certificate of inner.host.example"), "tls"),
        (ConnectionRefusedError(111, "Connect call failed ('10.0.0.1', 443)"), "connect"),
        (OSError(101, "Network is unreachable"), "connect"),
    ],
)
def test_a_failed_connection_has_a_kind_and_names_no_place(exc: OSError, kind: str) -> None:
    """faults.md A and rule 19."""
    error = failures.from_connect(exc)

    assert error.kind == kind
    assert "inner.host" not in error.message
    assert "10.0.0.1" not in error.message
