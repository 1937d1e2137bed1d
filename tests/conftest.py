"""Fixtures of every test: real servers, started once per run and only when a test asks for them. A missing server is a failure.

Databases come migrated; each test has its own, cloned from a template, so no test sees another's rows.
"""

import shutil
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
import httpx
import hypothesis
import psycopg
import pytest
from psycopg import sql

if TYPE_CHECKING:
    from scanner.phoenix.sandbox.server import SandboxServer

sys.path.insert(0, str(Path(__file__).parent))  # tests have no packages: this makes `servers` importable everywhere below

from servers import PostgresAddress, postgres_server, s3_server, valkey_server

TEMPLATE = "phoenix_template"

hypothesis.settings.register_profile("project", deadline=None)  # machines are noisy: an example's time says nothing
hypothesis.settings.load_profile("project")


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresAddress]:
    with postgres_server() as address:
        yield address


@pytest.fixture(scope="session")
def postgres_template(postgres: PostgresAddress) -> str:
    """The name of a database with every migration applied and no rows."""
    from jobs_store.database import migrate

    _execute(postgres, sql.SQL("CREATE DATABASE {}").format(sql.Identifier(TEMPLATE)))
    migrate(postgres.url(TEMPLATE))
    return TEMPLATE


@pytest.fixture
def postgres_url(postgres: PostgresAddress, postgres_template: str) -> Iterator[str]:
    """A migrated PostgreSQL database of this test's own; dropped after it, with whoever is still connected."""
    yield from _own_database(postgres, postgres_template)


@pytest.fixture
def empty_postgres_url(postgres: PostgresAddress) -> Iterator[str]:
    """A PostgreSQL database with nothing in it."""
    yield from _own_database(postgres, "template0")


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from jobs_store.database import migrate

    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    migrate(f"sqlite+aiosqlite:///{path}")
    return path


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """A migrated SQLite file of this test's own."""
    path = tmp_path / "jobs.db"
    shutil.copy(sqlite_template, path)
    return f"sqlite+aiosqlite:///{path}"


@pytest.fixture
def empty_sqlite_url(tmp_path: Path) -> str:
    """Where a SQLite file could be; there is none yet."""
    return f"sqlite+aiosqlite:///{tmp_path / 'empty.db'}"


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest) -> str:
    """A migrated database, once on SQLite and once on PostgreSQL."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture(params=["sqlite", "postgres"])
def empty_database_url(request: pytest.FixtureRequest) -> str:
    """An empty database, once on SQLite and once on PostgreSQL."""
    url: str = request.getfixturevalue(f"empty_{request.param}_url")
    return url


@pytest.fixture(scope="session")
def valkey() -> Iterator[str]:
    with valkey_server() as url:
        yield url


@pytest.fixture
def valkey_url(valkey: str) -> str:
    """A Valkey that holds nothing. Tests of one run share the server, so each starts by emptying it."""
    import redis

    with redis.Redis.from_url(valkey) as client:
        client.flushall()
    return valkey


@pytest.fixture(scope="session")
def ray_cluster() -> Iterator[None]:
    """The one Ray cluster of a run: a process can be connected to no more than one."""
    from ray_service import local_ray  # not for unit tests, which do not load Ray

    with local_ray():
        yield


@pytest.fixture(scope="session")
def phoenix() -> "Iterator[SandboxServer]":
    """One stand-in for Phoenix for all tests, since a service keeps a process for every tenant that it has met."""
    from scanner.phoenix.sandbox.server import SandboxServer

    with SandboxServer() as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(phoenix: "SandboxServer") -> "SandboxServer":
    """Phoenix as just started."""
    httpx.post(f"{phoenix.url}/sandbox/reset").raise_for_status()
    return phoenix


@pytest.fixture(scope="session")
def s3_endpoint() -> Iterator[str]:
    with s3_server() as endpoint:
        yield endpoint


@pytest.fixture
def s3_url(s3_endpoint: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """``s3://bucket/prefix?endpoint=…`` with a bucket of this test's own; credentials are in the environment."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    bucket = f"test-{uuid.uuid4().hex}"
    client = boto3.client("s3", endpoint_url=s3_endpoint)
    client.create_bucket(Bucket=bucket)
    client.close()
    return f"s3://{bucket}/prefix?endpoint={s3_endpoint}"


def _own_database(postgres: PostgresAddress, template: str) -> Iterator[str]:
    name = f"test_{uuid.uuid4().hex}"
    _execute(postgres, sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template)))
    yield postgres.url(name)
    _execute(postgres, sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _execute(postgres: PostgresAddress, statement: sql.Composed) -> None:
    with psycopg.connect(postgres.dsn(), autocommit=True) as connection:
        connection.execute(statement)
