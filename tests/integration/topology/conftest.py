"""The service as in production, on one machine: a head and two workers, PostgreSQL, S3, Valkey for progress and Ray's state."""

import sys
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import boto3
import psycopg
import pytest
from psycopg import sql
from redis import Redis

sys.path.insert(0, str(Path(__file__).parent))

from ray_nodes import PHOENIX_SCAN, ray_nodes
from servers import PostgresAddress, free_port
from topology_deployment import API_KEY, CANARIES, Deployment

from scanner.phoenix.sandbox.server import SandboxServer
from scanner.phoenix.sandbox.settings import SandboxSettings


@pytest.fixture(scope="package")
def database(postgres: PostgresAddress) -> Iterator[str]:
    """Empty: deploying migrates it."""
    name = f"topology_{uuid.uuid4().hex}"
    with psycopg.connect(postgres.dsn(), autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        yield postgres.url(name)
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture(scope="package")
def storage(s3_endpoint: str) -> str:
    bucket = f"topology-{uuid.uuid4().hex}"
    credentials = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": "us-east-1"}
    client = boto3.client("s3", endpoint_url=s3_endpoint, **credentials)
    client.create_bucket(Bucket=bucket)
    client.close()
    return f"s3://{bucket}/service?endpoint={s3_endpoint}"


@pytest.fixture(scope="package")
def deployment(database: str, storage: str, valkey: str) -> Iterator[Deployment]:
    redis = urlsplit(valkey)
    with Redis.from_url(valkey) as client:
        password = f"+{CANARIES['redis']}"
        client.acl_setuser("service", enabled=True, passwords=[password], keys="*", channels="*", categories=["+@all"])
    stand_in = SandboxSettings(client_secret=CANARIES["phoenix"])
    with (
        SandboxServer(stand_in) as sandbox,
        tempfile.TemporaryDirectory(prefix="topo-", dir="/tmp") as folder,
    ):
        settings = {
            "API_KEY": API_KEY,
            "SECRET_KEY": CANARIES["secret"],
            "DATABASE_URL": database.replace("postgres@", f"postgres:{CANARIES['database']}@"),  # it asks for none
            "REDIS_URL": valkey.replace("redis://", f"redis://service:{CANARIES['redis']}@"),
            "STORAGE_URL": storage,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_EC2_METADATA_DISABLED": "true",
            "PHOENIX_API_URL": sandbox.url,
            "WEBHOOK_ALLOW_PRIVATE": "true",
            "PHOENIX_CLIENT_ID": sandbox.client_id,
            "PHOENIX_CLIENT_SECRET": sandbox.client_secret,
            "PHOENIX_SCANNER_DATA": folder,
            "SHORT_REPORT_MB": "0.5",
            "SHARD_MB": "0.5",
            "API_RESOURCE": "api",  # the head: a replica listens on the loopback address that proxies of its own node know
            "API_MIN_REPLICAS": "2",
            "API_MAX_REPLICAS": "2",
            "RAY_REDIS_ADDRESS": f"{redis.hostname}:{redis.port}",
            "RAY_external_storage_namespace": uuid.uuid4().hex,
        }
        with ray_nodes(Path(folder), settings, workers=2) as nodes:
            port = free_port()
            nodes.command(PHOENIX_SCAN, "up", "--json", "--port", str(port), timeout=170)
            yield Deployment(nodes, f"http://127.0.0.1:{port}", sandbox, database, storage, valkey)
