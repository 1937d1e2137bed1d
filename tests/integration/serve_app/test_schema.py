"""The OpenAPI document against the application on PostgreSQL, with a key of each scope: whatever is asked, the answer is one
that the document tells of, and fits its schema.

Schemathesis makes the requests, right and wrong ones. `SCHEMA_EXAMPLES` is how many for each operation and scope.
"""

import os
import uuid
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import httpx
import psycopg
import pytest
import schemathesis
from edge_server import API_KEY, edge_server
from limits.aio.storage import MemoryStorage
from memory_bus import MemoryBus
from schemathesis import Case
from schemathesis.checks import not_a_server_error
from schemathesis.config import (
    CoveragePhaseConfig,
    GenerationConfig,
    PhasesConfig,
    ProjectConfig,
    ProjectsConfig,
    SchemathesisConfig,
)
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from servers import PostgresAddress

from cluster.handle import ClusterHandle
from cluster.settings import Settings
from jobs_store.database import open_database
from jobs_store.keys import Scope
from jobs_store.secrets import SecretBox
from jobs_store.storage import open_storage
from scanner.phoenix.sandbox.server import SandboxServer
from serve_app.app import create_app
from serve_app.edge_settings import EdgeSettings
from serve_app.wiring import Wiring

EXAMPLES = int(os.environ.get("SCHEMA_EXAMPLES", "4"))
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
]
IDS = {
    "NUL": "%00",
    "NUL inside": "job-%00abc",
    "lone surrogate": "%ED%A0%80",
    "no UTF-8": "%FF",
    "very long": "a" * 20_000,
    "wildcards": "%25_%5C",
    "another path": "..%2F..%2Fetc",
    "quotes": "%27%22%3B--",
    "line breaks": "%0D%0Ax",
    "beyond the BMP": "%F0%9F%92%A5",
    "a space": "%20",
}
NUMBERS = ("-1", "0", str(2**63 - 1), str(2**63), "1" + "0" * 400, "1e5", "1.5", "%00", "%ED%A0%80", "", "NaN")


def document() -> dict[str, object]:
    """Of an application that nobody asks: nothing behind it is there."""
    settings = Settings(
        _env_file=None,
        api_key="key",
        secret_key="secret",
        database_url="sqlite+aiosqlite:///nothing-is-kept-here.db",
        storage_url=Path("nothing-is-stored-here").absolute().as_uri(),
        phoenix_client_id="id",
        phoenix_client_secret="secret",
    )
    wiring = Wiring(
        settings=settings,
        edge=EdgeSettings(_env_file=None),
        database=open_database(settings.database_url, secrets=SecretBox.from_setting("secret")),
        storage=open_storage(settings.storage_url),
        bus=MemoryBus(),
        cluster=ClusterHandle(),
        counters=MemoryStorage(),
    )
    return create_app(wiring).openapi()


def configuration(*, thorough: bool) -> SchemathesisConfig:
    """``thorough`` goes through the bounds of each field too. Methods that an operation does not have are the framework's."""
    generation = GenerationConfig(max_examples=EXAMPLES, deterministic=True, database="none")
    phases = PhasesConfig(coverage=CoveragePhaseConfig(enabled=thorough, unexpected_methods=set()))
    return SchemathesisConfig(projects=ProjectsConfig(default=ProjectConfig(generation=generation, phases=phases)))


schema = schemathesis.openapi.from_dict(document(), config=configuration(thorough=True))
brief = schemathesis.openapi.from_dict(document(), config=configuration(thorough=False))
version_2 = brief.include(path_regex=r"^/api/v2/")
others = brief.exclude(path_regex=r"^/api/v2/")
in_full = schema.exclude(path_regex=r"^/api/v2/")
OPERATIONS = {found.ok().label: found.ok() for found in schema.get_all_operations()}


@pytest.fixture(scope="module")
def service(
    postgres: PostgresAddress,
    postgres_template: str,
    valkey: str,
    phoenix: SandboxServer,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[str]:
    """The URL of an edge on PostgreSQL and Valkey that trusts the sandbox for Phoenix."""
    name = f"schema_{uuid.uuid4().hex}"
    with psycopg.connect(postgres.dsn(), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {postgres_template}")
    objects = tmp_path_factory.mktemp("schema") / "objects"
    with edge_server(
        DATABASE_URL=postgres.url(name),
        STORAGE_URL=objects.as_uri(),
        REDIS_URL=valkey,
        PHOENIX_API_URL=phoenix.url,
        MAX_UPLOAD_SIZE_MB="5",
    ) as (address, _):
        yield f"http://{address}"


KeyOf = Callable[[str, Scope], str]


@pytest.fixture(scope="module")
def key_of(service: str) -> KeyOf:
    """The key of an operation's requests, of a tenant of its own: what one operation breaks, no other misses."""

    @cache
    def make(_operation: str, scope: Scope) -> str:
        with httpx.Client(base_url=f"{service}/api/v1", headers={"X-API-Key": API_KEY}) as client:
            tenant = f"t{uuid.uuid4().hex[:12]}"
            client.post("/tenants", json={"name": tenant, "uses_service_account": True}).raise_for_status()
            made = client.post("/keys", json={"name": "schema", "tenant": tenant, "scopes": [scope]})
            key: str = made.raise_for_status().json()["key"]
            return key

    return make


@in_full.parametrize()
def test_every_answer_is_documented(case: Case, service: str, key_of: KeyOf) -> None:
    """By who may everything."""
    case.call_and_validate(base_url=service, headers={"X-API-Key": key_of(case.operation.label, Scope.OPERATOR)}, checks=CHECKS)


@pytest.mark.parametrize("scope", [Scope.SUBMIT, Scope.READ, Scope.ADMIN])
@others.parametrize()
def test_every_answer_to_whoever_lacks_something_is_documented(case: Case, scope: Scope, service: str, key_of: KeyOf) -> None:
    case.call_and_validate(base_url=service, headers={"X-API-Key": key_of(case.operation.label, scope)}, checks=CHECKS)


@pytest.mark.parametrize("scope", [Scope.SUBMIT, Scope.OPERATOR])
@version_2.parametrize()
def test_every_answer_of_version_2_is_documented(case: Case, scope: Scope, service: str, key_of: KeyOf) -> None:
    """By who lacks something, and by who may everything: it has the core and the scopes of version 1."""
    case.call_and_validate(base_url=service, headers={"X-API-Key": key_of(case.operation.label, scope)}, checks=CHECKS)


@pytest.mark.parametrize("label", [label for label, operation in OPERATIONS.items() if operation.path_parameters])
def test_ids_of_all_kinds_are_refused(label: str, service: str, key_of: KeyOf) -> None:
    """As bytes of a path that no client would write: answered 404 mostly, never 500."""
    operation = OPERATIONS[label]
    with httpx.Client(headers={"X-API-Key": key_of(label, Scope.OPERATOR)}, timeout=60) as client:
        for kind, text in IDS.items():
            path = operation.path
            for parameter in operation.path_parameters:
                path = path.replace(f"{{{parameter.name}}}", text)
            answer = client.request(operation.method, f"{service}{path}")
            assert 400 <= answer.status_code < 500, kind
            assert answer.json()["error"], kind


@pytest.mark.parametrize("label", [label for label, operation in OPERATIONS.items() if operation.query])
def test_query_parameters_of_all_kinds_are_answered(label: str, service: str, key_of: KeyOf) -> None:
    operation = OPERATIONS[label]
    path = operation.path
    for parameter in operation.path_parameters:
        path = path.replace(f"{{{parameter.name}}}", "none")
    with httpx.Client(headers={"X-API-Key": key_of(label, Scope.OPERATOR)}, timeout=60) as client:
        for parameter in operation.query:
            for text in (*NUMBERS, *IDS.values()):
                answer = client.request(operation.method, f"{service}{path}?{parameter.name}={text}")
                operation.validate_response(answer)
                assert answer.status_code < 500, (parameter.name, text)
