"""Which addresses requests of ours may go to. Pure."""

import socket
from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address


class Reach(StrEnum):
    """How far a request may go."""

    PUBLIC = "public"
    """Only to what is certainly nobody's own network: for addresses that clients bring."""
    OWN = "own"
    """To private networks and loopback too: for addresses that whoever runs the service has chosen."""


class AddressRefusedError(OSError):
    """No request goes to this address; an OSError, since it takes the place of a connection that failed."""


_METADATA = frozenset(
    map(
        ip_address,
        (
            "100.100.100.200",  # Alibaba Cloud
            "168.63.129.16",  # Azure's wire server, a public address
            "192.0.0.192",  # Oracle Cloud
            "fd00:ec2::254",  # AWS
            "fd20:ce::254",  # Google Cloud
            "fd00:42::42",  # Scaleway
        ),
    )
)
"""What clouds tell credentials at, besides 169.254.0.0/16, which is link-local."""
_RELAYS = tuple(map(ip_network, ("192.88.99.0/24", "64:ff9b:1::/48", "2001:20::/28", "3fff::/20", "5f00::/16")))
"""No receiver's, though some releases of Python take them for global: 6to4 relays, local NAT64, ORCHID, documentation, SRv6."""
_NAT64 = IPv6Network("64:ff9b::/96")


def refusal(address: Address, reach: Reach) -> str:
    """Why no request goes there, to stand behind "…, a"; empty where one may.

    An IPv6 address that stands for an IPv4 one is refused, whatever that is, but for the two forms in which such addresses come
    from name servers and resolvers: NAT64, judged by the address inside, and, within one's own network, the mapped one.
    """
    if isinstance(address, IPv6Address):
        if address in _NAT64:
            return refusal(IPv4Address(int(address) & 0xFFFFFFFF), reach)
        if address.ipv4_mapped is not None and reach is Reach.OWN:
            return refusal(address.ipv4_mapped, reach)
    if address in _METADATA or address.is_link_local:
        return "link-local or metadata address"
    if address.is_unspecified or address.is_multicast:
        return "multicast or unspecified address"
    return "" if reach is Reach.OWN or _is_public(address) else "private address"


def checked_socket(found: "tuple[int, int, int, str, tuple[object, ...]]") -> socket.socket:
    """The socket to connect to an address that `getaddrinfo` found, for HTTP clients that take a maker of sockets.

    Nothing can change between this look and the connection. Raises `AddressRefusedError`.
    """
    family, kind, protocol, _, place = found
    if reason := refusal(ip_address(str(place[0])), Reach.OWN):
        raise AddressRefusedError(f"no request goes to {place[0]}, a {reason}")
    return socket.socket(family, kind, protocol)


def _is_public(address: Address) -> bool:
    if isinstance(address, IPv6Address) and (address.sixtofour or address.teredo or address.is_site_local):
        return False
    if any(address.version == relay.version and address in relay for relay in _RELAYS):
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved
