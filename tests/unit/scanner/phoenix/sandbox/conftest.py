"""Import bodies as a client would send them, and a sandbox to send them to."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import msgspec
import pytest

from scanner.phoenix.sandbox.server import SandboxServer

Body = dict[str, Any]


def finding_body(name: str = "CVE-2024-12345", **changes: Any) -> Body:
    """A finding that uses every field; a change to None leaves the field out."""
    full = {
        "name": name,
        "description": "An overflow in the parser.",
        "remedy": "Upgrade.",
        "severity": 8.0,
        "location": "openssl@3.0.1",
        "referenceIds": ["CVE-2024-12345", "GHSA-xxxx-yyyy-zzzz"],
        "cwes": ["CWE-79", "CWE-787"],
        "publishedDateTime": "2024-05-01T00:00:00",
        "packages": [{"name": "openssl", "version": "3.0.1", "cpe": "cpe:2.3:a", "fixVersions": ["3.0.2"]}],
        "details": {"any": {"deep": [1, None, "é"]}},
        "tags": [{"key": "k", "value": "v"}],
    }
    return {field: value for field, value in (full | changes).items() if value is not None}


def asset_body(image: str = "registry/app:1.4", *findings: Body, **changes: Any) -> Body:
    return {"attributes": {"dockerfile": image}, "findings": list(findings)} | changes


def import_body(*assets: Body, import_type: str = "merge", name: str = "scan", asset_type: str = "CONTAINER") -> bytes:
    return msgspec.json.encode(
        {"importType": import_type, "assessment": {"assetType": asset_type, "name": name}, "assets": list(assets)}
    )


@dataclass(frozen=True)
class Bodies:
    finding: Callable[..., Body] = finding_body
    asset: Callable[..., Body] = asset_body
    request: Callable[..., bytes] = import_body


@pytest.fixture(scope="session")
def bodies() -> Bodies:
    return Bodies()


class Caller:
    """A client that holds a token and does nothing by itself: no retries, no renewal, no polling."""

    def __init__(self, sandbox: SandboxServer) -> None:
        self.sandbox = sandbox
        self.http = httpx.Client(base_url=sandbox.url, timeout=20)
        self.token = ""

    def sign_in(self) -> httpx.Response:
        answer = self.http.get("/v1/auth/access_token", auth=(self.sandbox.client_id, self.sandbox.client_secret))
        if answer.is_success:
            self.token = answer.json()["token"]
        return answer

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}

    def send(self, body: bytes, **headers: str) -> httpx.Response:
        return self.http.post("/v1/import/assets", content=body, headers=self.headers | headers)

    def status(self, request_id: str) -> httpx.Response:
        return self.http.get(f"/v1/import/assets/file/translate/request/{request_id}", headers=self.headers)

    def tag(self, body: Body) -> httpx.Response:
        return self.http.put("/v1/assets/tags", json=body, headers=self.headers)


@pytest.fixture
def sandbox() -> Iterator[SandboxServer]:
    with SandboxServer() as server:
        yield server


@pytest.fixture
def caller(sandbox: SandboxServer) -> Iterator[Caller]:
    caller = Caller(sandbox)
    caller.sign_in()
    yield caller
    caller.http.close()
