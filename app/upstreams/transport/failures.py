"""What can go wrong on the way to an upstream, as the gateway's own errors.

The one place where transport failures get their words. Never: hosts, addresses or credentials in a message.
"""

import socket
import ssl

from app.errors import EgressProxyFailed, StreamCut, UpstreamGarbled, UpstreamUnreachable
from app.verdicts import Verdict

_SENTENCES = {
    "dns": "The upstream's name could not be resolved.",
    "connect": "The upstream could not be connected to.",
    "connect_timeout": "The upstream did not accept a connection in time.",
    "tls": "A secure connection to the upstream could not be established.",
    "write_timeout": "The upstream stopped accepting the request.",
    "reset_before_headers": "The upstream closed the connection before it answered.",
}


# What fails on the way fails for every account alike: another host or a moment may help, another account not.
# (faults.md F001 to F005, F009)
_ROUTE = Verdict(tries_here=1, wait_s=0.2, next_host=True, unclear=True)
_HOPELESS = Verdict(next_host=True, unclear=True)
_VERDICTS = {
    "dns": _ROUTE,
    "connect": _ROUTE,
    "connect_timeout": _ROUTE,
    "tls": _HOPELESS,
}


def unreachable(kind: str) -> UpstreamUnreachable:
    """The error for a request that got no answer."""
    return UpstreamUnreachable(_SENTENCES[kind], kind=kind, verdict=_VERDICTS.get(kind))


def proxy_refused() -> EgressProxyFailed:
    """The error for an outbound proxy that is down, or does not let a request through."""
    return EgressProxyFailed("The outbound proxy did not let the request through.", kind="egress_proxy")


def from_connect(exc: OSError) -> UpstreamUnreachable:
    """The error for an `OSError` while connecting."""
    if isinstance(exc, TimeoutError):
        return unreachable("connect_timeout")
    if isinstance(exc, socket.gaierror):
        return unreachable("dns")
    if isinstance(exc, ssl.SSLError | ssl.CertificateError):
        return unreachable("tls")
    return unreachable("connect")


def garbled_head() -> UpstreamGarbled:
    """The error for an answer that is no HTTP."""
    return UpstreamGarbled("The upstream's answer is not valid HTTP.", kind="garbled_head")


def cut() -> StreamCut:
    """The error for a body that ended too early or lost its framing."""
    return StreamCut("The upstream's answer broke off.", kind="cut")


def undecodable() -> StreamCut:
    """The error for a body whose compression is broken."""
    return StreamCut("The upstream's answer could not be decompressed.", kind="undecodable")
