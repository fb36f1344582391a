"""Addresses of the network: one, a set of them as an operator writes it, and what counts as one source.

Never: looks at a header or resolves a name.
"""

from collections.abc import Iterable
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import TypeAlias

from msgspec import Struct

Address: TypeAlias = IPv4Address | IPv6Address
Network: TypeAlias = IPv4Network | IPv6Network

_LONGEST = 64
_ONE_SITE = 64
"""Bits. Whoever has one IPv6 address has the rest of its /64 as well."""


class Networks(Struct, frozen=True):
    """A set of addresses."""

    ranges: tuple[Network, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.ranges)

    def has(self, address: Address | None) -> bool:
        """Whether the address is one of these; None is in no set."""
        return address is not None and any(address in network for network in self.ranges)


def networks_of(written: Iterable[str]) -> Networks:
    """The set that addresses and CIDR blocks describe. Raises ValueError for what is neither."""
    return Networks(tuple(_unmapped(ip_network(one.strip(), strict=False)) for one in written))


def address_of(text: str) -> Address | None:
    """The address that `text` spells, None when it spells none; IPv4 within IPv6 is IPv4."""
    if len(text) > _LONGEST:
        return None
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address


def source_of(text: str) -> str:
    """What is counted as one source, to be compared only: an IPv4 address, or the site of an IPv6 one."""
    address = address_of(text)
    if isinstance(address, IPv6Address):
        return str(IPv6Network((int(address), _ONE_SITE), strict=False))
    return text[:_LONGEST] if address is None else str(address)


def _unmapped(network: Network) -> Network:
    if isinstance(network, IPv6Network) and (mapped := network.network_address.ipv4_mapped) is not None:
        if network.prefixlen < 96:
            return network
        return IPv4Network((int(mapped), network.prefixlen - 96))
    return network


LOOPBACK = networks_of(("127.0.0.0/8", "::1"))
