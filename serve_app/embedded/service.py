"""Bringing the service up, and taking it down with everything that it started."""

import os
import secrets
import shutil
import signal
import socket
import ssl
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import msgspec

from cluster import logs
from jobs_store.errors import StoreError
from serve_app import proxy
from serve_app.embedded import local_ray, processes
from serve_app.embedded.clearing import SCRATCH_PREFIX, STOP_SECONDS, clear
from serve_app.embedded.configuration import Configuration
from serve_app.embedded.data_folder import DataFolder, Running
from serve_app.errors import StartError

_OURSELVES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
_OURSELVES.check_hostname = False
_OURSELVES.verify_mode = ssl.CERT_NONE  # on this machine, and no secret is sent: its certificate names another address
START_SECONDS = 60.0
"""Without any progress. On a busy machine a start takes as long as it takes."""
LONGEST_START_SECONDS = 900.0


def require_cluster(address: str) -> None:
    """Ray itself tries for minutes before it says that nobody is there. Raises `StartError`."""
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if not host:
        return  # "auto": Ray finds it in its own notes, or says at once that there is none
    try:
        socket.create_connection((host, int(port)), timeout=5).close()
    except (OSError, ValueError) as error:
        raise StartError(f"the Ray cluster at {address} cannot be reached: {error}") from error


def url_of(host: str, port: int, *, tls: bool = False) -> str:
    """How this machine reaches the service."""
    scheme = "https" if tls else "http"
    if host in ("0.0.0.0", "::", ""):  # noqa: S104  # compared, not bound
        host = "127.0.0.1"
    return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"


class EmbeddedService:
    """One run on a data folder that is `held`. `stop` undoes whatever `start` has done, however far it came."""

    def __init__(self, folder: DataFolder, *, host: str, port: int, tls: bool = False) -> None:
        self._folder, self._host, self._port = folder, host, port
        scratch = tempfile.mkdtemp(prefix=SCRATCH_PREFIX)  # short: paths of sockets may have 107 characters
        self.running = Running(run=secrets.token_hex(16), pid=os.getpid(), url=url_of(host, port, tls=tls), scratch=scratch)

    def start(self, configuration: Configuration, *, dashboard: bool) -> Running:
        """Returns when the service answers that it is healthy. Raises `StartError`."""
        self._folder.note(self.running)
        scratch = Path(self.running.scratch)
        os.environ[processes.MARK] = self.running.run
        os.environ[logs.FILE_VARIABLE] = str(self._folder.processes_log)  # what Ray keeps of a run ends with it
        local_ray.prepare_environment(scratch, dashboard=dashboard)
        if configuration.edge.tls_cert:  # for HAProxy, wherever these settings are from
            files = {proxy.CERTIFICATE: configuration.edge.tls_cert, proxy.KEY: configuration.edge.tls_key}
            os.environ |= {name: str(Path(file).resolve()) for name, file in files.items()}
        local_ray.keep_secrets(scratch, configuration.settings)
        if folder := configuration.settings.mappings_dir:
            os.environ["MAPPINGS_DIR"] = folder  # whatever processes Ray starts know the formats that are there
        if endpoint := configuration.settings.otel_exporter_otlp_endpoint:
            os.environ["OTEL_EXPORTER_OTLP_ENDPOINT"] = endpoint
        with local_ray.without_secrets():
            dashboard_url = local_ray.start(scratch, dashboard=dashboard)
        from ray.exceptions import RayError  # not before the environment is prepared

        try:
            start_on_ray(configuration, host=self._host, port=self._port)
        except TimeoutError as error:
            raise StartError(f"Ray Serve does not serve: {error}\n{local_ray.last_words(scratch)}") from error
        except StoreError as error:
            raise StartError(str(error)) from error
        except (RayError, RuntimeError) as error:
            raise StartError(f"the service did not start on Ray: {local_ray.sentence(error)}") from error
        wait_until_healthy(self.running.url, progress=_once_a_second(lambda: len(processes.marked(self.running.run))))
        healthy = msgspec.structs.replace(self.running, healthy=True, dashboard_url=dashboard_url)
        self._folder.note(healthy)
        return healthy

    def watch(self, configuration: Configuration) -> None:
        """Returns when Ray has died under it.

        It stays connected to Ray, which would otherwise end every process for tasks as soon as it has nothing to do.
        """
        from ray.exceptions import RayError

        with suppress(RayError):  # whether Ray lives is seen in a moment
            warm_up_on_ray(configuration)
        processes.wait_while_live(processes.head_processes())

    def stop(self) -> None:
        """Within about ten seconds. `serve.shutdown` is left out: it waits for replicas, and the cluster ends here anyway."""
        import ray  # not before the environment is prepared

        ray.shutdown()
        processes.end(self.running.run, patience_seconds=STOP_SECONDS)
        shutil.rmtree(self.running.scratch, ignore_errors=True)
        self._folder.forget()


def start_on_ray(configuration: Configuration, *, host: str, port: int) -> None:
    """Migrates, starts the actors and the edge on the Ray cluster that this process is connected to.

    Actors and edge start side by side: neither needs the other to start, and most of the time goes into starting processes.
    """
    from cluster.service import start_service  # Ray, which must find its environment prepared
    from jobs_store.database import migrate
    from serve_app.deployment import deploy

    settings = configuration.settings
    migrate(settings.database_url)
    with ThreadPoolExecutor(1) as beside:
        started = beside.submit(start_service, settings)
        deploy(settings, configuration.edge, host=host, port=port)
        started.result()


def warm_up_on_ray(configuration: Configuration) -> None:
    """After the service is healthy, which it is without."""
    from cluster.service import warm_up

    warm_up(configuration.settings)


def wait_until_healthy(
    url: str,
    *,
    seconds: float = START_SECONDS,
    sleep: Callable[[float], None] = time.sleep,
    progress: Callable[[], object] = lambda: None,
) -> None:
    """As long as in so many seconds something changes: what is answered, or what ``progress`` tells.

    Raises `StartError` with the last thing that it heard.
    """
    until = time.monotonic() + seconds
    at_the_latest = time.monotonic() + max(seconds, LONGEST_START_SECONDS)
    seen: object = None
    while True:
        heard = _ask(f"{url}/api/v1/health")
        if b'"status":"healthy"' in heard[:40]:
            return
        if seen != (seen := (heard[:40], progress())):
            until = min(time.monotonic() + seconds, at_the_latest)
        if time.monotonic() > until:
            raise StartError(
                f"the service did not become healthy in {seconds:.0f} seconds: {heard[:500].decode(errors='replace')}"
            )
        sleep(0.1)


def _once_a_second(look: Callable[[], int]) -> Callable[[], int]:
    """To look at all processes of the machine takes as long as one of them gets on with its start."""
    seen, again_at = 0, 0.0

    def looked() -> int:
        nonlocal seen, again_at
        if time.monotonic() >= again_at:
            seen, again_at = look(), time.monotonic() + 1
        return seen

    return looked


def _ask(url: str) -> bytes:
    try:
        with urllib.request.urlopen(url, timeout=10, context=_OURSELVES) as answer:  # noqa: S310  # our own address
            body: bytes = answer.read()
            return body
    except urllib.error.HTTPError as error:
        return error.read()
    except OSError as error:
        return str(error).encode()


def take_down(folder: DataFolder) -> bool:
    """Ends the run that the folder notes, even when its first process is gone. Idempotent; False when there was nothing."""
    running = folder.running()
    if running is None:
        return False
    if folder.is_held:
        _end_gently(folder, running.pid)
    clear(folder)
    return True


def _end_gently(folder: DataFolder, pid: int) -> None:
    """The process holds the folder's lock, so the number is still its own."""
    for sign, seconds in ((signal.SIGTERM, 3 * STOP_SECONDS), (signal.SIGKILL, STOP_SECONDS)):
        with suppress(ProcessLookupError):
            os.kill(pid, sign)
        until = time.monotonic() + seconds
        while (folder.is_held or _exists(pid)) and time.monotonic() < until:
            time.sleep(0.05)
        if not folder.is_held:
            return


def _exists(pid: int) -> bool:
    """Also for a moment after it has let go of the lock."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
