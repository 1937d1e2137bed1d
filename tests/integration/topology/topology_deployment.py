"""The service that the tests here share."""

from dataclasses import dataclass

from ray_nodes import RayNodes

from client.sdk import PhoenixScanner
from scanner.phoenix.sandbox.server import SandboxServer

API_KEY = "the key of the topology tests"


@dataclass(frozen=True)
class Deployment:
    nodes: RayNodes
    url: str
    sandbox: SandboxServer

    def client(self) -> PhoenixScanner:
        return PhoenixScanner(self.url, api_key=API_KEY)
