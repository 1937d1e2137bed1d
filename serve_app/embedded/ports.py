"""Ports to listen on."""

import random
import socket
from contextlib import suppress

from serve_app.errors import PortTakenError

_OWN_PORTS = range(20_000, 30_000)
"""Below those that systems hand out for connections (from 32768) and those of Serve's replicas (from 30000)."""
_PORTS_TRIED = 20


def require_free(host: str, port: int) -> None:
    """Raises `PortTakenError`."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise PortTakenError(host, port) from error


def port_to_take(host: str, port: int) -> int:
    """``port`` if it is free; for 0 one that nothing is given by chance before the service listens there.

    Raises `PortTakenError`.
    """
    for candidate in random.sample(_OWN_PORTS, _PORTS_TRIED) if port == 0 else ():
        with suppress(PortTakenError):
            require_free(host, candidate)
            return candidate
    require_free(host, port)
    return port
