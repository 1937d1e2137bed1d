"""Who is at the other end of a connection, as far as that can be known.

A replica sees Serve's HAProxy: it says who connected to it in a header that carries a token of ``SECRET_KEY``, so that nobody
else can say so who reaches a replica's port. That may be a load balancer, which says who is behind it in ``X-Forwarded-For``,
as anybody can: only those named in ``TRUSTED_PROXIES`` are believed.
"""

import hmac
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from starlette.requests import HTTPConnection

from serve_app.proxy import ADDRESS_HEADER, address_token

_MOST_HOPS = 20


class ClientAddresses:
    def __init__(self, secret_key: str, trusted_proxies: Sequence[str]) -> None:
        parts = (part.strip() for part in secret_key.split(","))
        self._tokens = [address_token(part).encode() for part in parts if part]
        self._trusted = [ip_network(network) for network in trusted_proxies]

    def of(self, connection: HTTPConnection) -> str:
        """The client's address; empty where it is not known."""
        address = self._told_by_haproxy(connection) or _parsed(connection.client.host if connection.client else "")
        if self._trusted:
            hops = ",".join(connection.headers.getlist("x-forwarded-for")).split(",")
            for hop in hops[: -_MOST_HOPS - 1 : -1]:
                if address is None or not self._is_trusted(address) or (behind := _parsed(hop)) is None:
                    break
                address = behind
        return str(address) if address else ""

    def _told_by_haproxy(self, connection: HTTPConnection) -> IPv4Address | IPv6Address | None:
        token, _, address = connection.headers.get(ADDRESS_HEADER, "").partition(" ")
        genuine = any(hmac.compare_digest(token.encode(), known) for known in self._tokens)
        return _parsed(address) if genuine else None

    def _is_trusted(self, address: IPv4Address | IPv6Address) -> bool:
        return any(address in network for network in self._trusted)


def _parsed(text: str) -> IPv4Address | IPv6Address | None:
    """Without brackets and port, which some proxies write; IPv4 in IPv6 as IPv4."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
