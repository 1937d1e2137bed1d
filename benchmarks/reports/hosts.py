"""The machines that network scans are about."""

from ipaddress import IPv4Address

_FIRST = int(IPv4Address("10.0.0.1"))
_FIRST_PORT = 1_024
_PORTS = 60_000


def address(asset: int) -> str:
    return str(IPv4Address(_FIRST + asset))


def hostname(asset: int) -> str:
    return f"host-{asset}.bench.example"


def port(lap: int) -> int:
    """Where a host has the same weakness for the ``lap``-th time. Raises ValueError where there are not so many ports."""
    if lap >= _PORTS:
        raise ValueError(f"{lap} times the same weakness on one host")
    return _FIRST_PORT + lap
