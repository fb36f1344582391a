"""The line that lets whoever started the gateway into the panel: an address that works once."""

import ipaddress

from app.gateway.links import LINK_S
from app.gateway.parts import Gateway
from app.server.options import Address

_MINUTES = round(LINK_S / 60)


def base_of(gateway: Gateway, address: Address) -> str:
    """Where a browser on this machine finds the gateway."""
    server = gateway.settings.server
    if server.public_url:
        return server.public_url.rstrip("/")
    scheme = "https" if server.tls_certfile else "http"
    host = address.host
    if _is_everywhere(host):
        host = "127.0.0.1"
    return f"{scheme}://{f'[{host}]' if ':' in host else host}:{address.port}"


def invitation(gateway: Gateway, address: Address) -> str:
    """The panel's address with a sign-in that works once."""
    link = f"{base_of(gateway, address)}/admin/link/{gateway.sign_in_links.new()}"
    lines = [f"panel, signed in (works once, within {_MINUTES} min): {link}"]
    if _is_everywhere(address.host) and not gateway.settings.server.public_url:
        lines.append("from another machine: put this machine's address in place of 127.0.0.1")
    return "\n".join(lines)


async def never_used(gateway: Gateway) -> bool:
    """Whether it seems that nobody has ever signed in: there is neither a session nor a change on record."""
    store = gateway.store
    return not await store.sessions.any() and not (await store.audit.page(limit=1)).entries


def _is_everywhere(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_unspecified
    except ValueError:
        return False
