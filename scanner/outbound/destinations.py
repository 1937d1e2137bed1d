"""From a URL that a client brought to the one address that a request of ours connects to."""

import asyncio
import re
import socket
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from ipaddress import ip_address

import httpx

from scanner.outbound.addresses import Reach, refusal

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""The addresses of a host. Raises `NoSuchHostError`, OSError where it cannot be known now."""

_USUAL_PORTS = {"http": 80, "https": 443}
_OTHER_PROTOCOLS = frozenset(
    {1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, *range(6665, 6670), 6679, 6697, 10080}
)
"""Ports from 1024 on that browsers send no HTTP to (https://fetch.spec.whatwg.org/#port-blocking)."""
_RESOLVING_AT_ONCE = 16
_NUMBER = re.compile(r"(0[xX][0-9a-fA-F]*|[0-9]+)")
_HOST = re.compile(r"[A-Za-z0-9._:-]+")


class DestinationError(ValueError):
    """A URL that no request goes to, ever. Its text shows no more of the URL than the host."""


class NoSuchHostError(DestinationError):
    """The name servers say that there is no such name, or that it has no address."""


class PrivateAddressError(DestinationError):
    """It leads into one's own network, where whoever runs the service may allow requests to go."""


@dataclass(frozen=True, slots=True)
class Pinned:
    """A URL whose host has been looked up and checked once: what is connected to is what was checked."""

    url: httpx.URL
    """With an address instead of the host."""
    host_header: str
    sni_hostname: str
    """What TLS has to verify."""


def parse(url: str) -> httpx.URL:
    """The URL as the client that connects reads it, so that no two readers can take it for different ones.

    Raises DestinationError for what is no plain web address: with a user or password, with a number for a host
    (``2130706433``, ``0x7f.1``), with a port that HTTP is not spoken on.
    """
    if re.search(r"[\x00-\x20\x7f\\]", url):
        raise DestinationError("must be an http:// or https:// URL with a host")
    try:
        parsed = httpx.URL(url)
    except (httpx.InvalidURL, UnicodeError):
        raise DestinationError("is not a URL") from None
    if parsed.scheme not in _USUAL_PORTS or not parsed.host:
        raise DestinationError("must be an http:// or https:// URL with a host")
    if parsed.userinfo:
        raise DestinationError("must have no user and password in it; credentials go into a header")
    if not _HOST.fullmatch(_host(parsed)):
        raise DestinationError("names no host that there can be")
    if _is_number(_host(parsed)):
        raise DestinationError("has a number for a host; write its name, or its address in the usual way")
    if not _is_web_port(parsed.port):
        raise DestinationError(f"names port {parsed.port}, which HTTP is not spoken on")
    return parsed


async def pin(url: str, reach: Reach, resolve: Resolve) -> Pinned:
    """One look-up, all of whose addresses are checked, and the first of which is taken.

    Raises DestinationError, and OSError where the name cannot be resolved now. Of what name servers say it shows nothing: they
    may be those of the service's own network.
    """
    parsed = parse(url)
    host = _host(parsed)
    found = await resolve(host, parsed.port or _USUAL_PORTS[parsed.scheme])
    if not found:
        raise NoSuchHostError(f"{host} has no address")
    for address in map(ip_address, found):
        if reason := refusal(address, reach):
            kind = DestinationError if refusal(address, Reach.OWN) else PrivateAddressError
            raise kind(f"{host} is at a {reason}")
    return Pinned(parsed.copy_with(host=found[0]), parsed.netloc.decode("ascii"), host)


class Resolver:
    """Looks names up as the system does, in threads of its own: slow name servers hold up nothing else."""

    def __init__(self, at_once: int = _RESOLVING_AT_ONCE) -> None:
        self._threads = ThreadPoolExecutor(at_once, "resolve")

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        """Raises `NoSuchHostError`, OSError."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, _addresses, host, port)

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)


def _addresses(host: str, port: int) -> Sequence[str]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except socket.gaierror as error:
        if error.errno in (socket.EAI_NONAME, socket.EAI_NODATA):
            raise NoSuchHostError(f"there is no host {host}") from None
        raise
    except UnicodeError:  # a label of more than 63 characters
        raise NoSuchHostError(f"there is no host {host}") from None
    return list(dict.fromkeys(str(place[0]) for _, _, _, _, place in found))


def _host(url: httpx.URL) -> str:
    """As it is looked up: in ASCII."""
    return url.raw_host.decode("ascii")


def _is_number(host: str) -> bool:
    """Whether resolvers take the host for an IPv4 address in one of its old spellings."""
    try:
        ip_address(host)
    except ValueError:
        return all(_NUMBER.fullmatch(part) for part in host.rstrip(".").split("."))
    return False


def _is_web_port(port: int | None) -> bool:
    if port is None or port in _USUAL_PORTS.values():
        return True
    return 1024 <= port <= 65535 and port not in _OTHER_PROTOCOLS
