"""Whom connections over TLS trust."""

import asyncio
import ssl

from app.upstreams.transport.trust import Trust, public_tls


def test_the_public_authorities_are_trusted_and_names_are_checked() -> None:
    """upstream.md 1.1; HTTP/2 is never offered to an upstream (architecture 7.6)."""
    tls = public_tls()

    assert tls.verify_mode is ssl.CERT_REQUIRED
    assert tls.check_hostname
    assert tls.cert_store_stats()["x509_ca"] > 0


async def test_what_is_given_replaces_the_usual_trust() -> None:
    given = ssl.create_default_context()

    assert await Trust(given).context() is given


async def test_many_first_connections_read_the_authorities_once() -> None:
    trust = Trust()

    first, *others = await asyncio.gather(*(trust.context() for _ in range(5)))

    assert all(other is first for other in others)
