"""The service that the tests here share."""

from dataclasses import dataclass

from ray_nodes import RayNodes

from client.sdk import PhoenixScanner
from scanner.phoenix.sandbox.server import SandboxServer

CANARIES = {name: f"canary-{name}-0123456789abcdef0123456789" for name in ("api", "secret", "database", "redis", "phoenix")}
"""Each secret of the service, easy to find wherever it should not be."""
API_KEY = CANARIES["api"]


@dataclass(frozen=True)
class Deployment:
    nodes: RayNodes
    url: str
    sandbox: SandboxServer
    database: str = ""
    storage: str = ""
    valkey: str = ""

    def client(self) -> PhoenixScanner:
        return PhoenixScanner(self.url, api_key=API_KEY)
