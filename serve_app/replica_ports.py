"""What a replica listens on beside HTTP.

Ray Serve 2.60 gives each replica a gRPC server through which deployments call each other, on all interfaces, without asking for
the token that Ray's own servers ask for, whether it is used or not. Ours has one deployment: nobody calls it that way.
"""

from typing import Any

from ray.serve._private import replica

_EVERYWHERE, _LOOPBACK = "[::]:0", "127.0.0.1:0"


def keep_on_loopback() -> None:
    """For this process, before the server starts: as the application is made. Fails where Serve is built in another way."""
    module: Any = replica
    if not callable(getattr(module, "add_port_to_grpc_server", None)):
        raise TypeError("Ray Serve starts a replica's gRPC server elsewhere now: keep it on loopback there")
    add_port = module.add_port_to_grpc_server

    def add_port_on_loopback(server: Any, address: str) -> Any:
        return add_port(server, _LOOPBACK if address == _EVERYWHERE else address)

    module.add_port_to_grpc_server = add_port_on_loopback
