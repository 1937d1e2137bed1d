"""The gRPC server that Serve starts in each replica is reached from this machine alone."""

import grpc
import pytest
from ray.serve._private import replica

from serve_app.replica_ports import keep_on_loopback


async def test_what_would_listen_everywhere_listens_on_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    added: list[str] = []
    monkeypatch.setattr(replica, "add_port_to_grpc_server", lambda _server, address: added.append(address))
    keep_on_loopback()
    for address in ("[::]:0", "10.0.0.1:7000"):
        replica.add_port_to_grpc_server(grpc.aio.server(), address)
    assert added == ["127.0.0.1:0", "10.0.0.1:7000"]


def test_a_serve_that_starts_it_elsewhere_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(replica, "add_port_to_grpc_server")
    with pytest.raises(TypeError, match="keep it on loopback"):
        keep_on_loopback()
