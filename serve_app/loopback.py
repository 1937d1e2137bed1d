"""Replicas of a node that is reached on this machine alone listen there alone."""

from typing import Any, cast

import ray
from ray.serve._private import replica as _replica

LOOPBACK = "127.0.0.1"
_ALL_INTERFACES = "[::]"


def keep_to_loopback() -> None:
    """For this process, before Ray Serve 2.60 opens a replica's port for other deployments, which it does everywhere.

    On a cluster's node, which others have to reach, nothing is changed.
    """
    replica: Any = _replica
    if cast(Any, ray).util.get_node_ip_address() != LOOPBACK:
        return
    listen = replica.add_port_to_grpc_server

    def listen_here(server: Any, address: str) -> Any:
        return listen(server, address.replace(_ALL_INTERFACES, LOOPBACK))

    replica.add_port_to_grpc_server = listen_here
