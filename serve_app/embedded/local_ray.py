"""Ray on this machine only: nothing listens beyond loopback, nothing is reported to anybody, all scratch in one folder."""

import logging
import os
import re
import shlex
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from cluster.settings import SECRET_FIELDS, SECRETS_FILE, Settings, secrets_of
from serve_app import proxy
from serve_app.embedded.ports import port_to_take
from serve_app.embedded.processes import head_processes, lives
from serve_app.errors import StartError

LOOPBACK = "127.0.0.1"
PATIENCE = {
    # Serve kills a proxy that is not ready in five seconds, which a busy machine is not: patience costs nothing
    "RAY_SERVE_PROXY_READY_CHECK_TIMEOUT_S": "180",
    "RAY_SERVE_PROXY_HEALTH_CHECK_TIMEOUT_S": "30",
    "RAY_SERVE_HAPROXY_STARTUP_TIMEOUT_S": "180",
    "RAY_gcs_server_port_wait_time_s": "120",
}
"""In the environment of every node."""
_LAST_LINES = 10
_PRAISES_ITSELF = "ray._private.authentication.authentication_token_setup"
"""This module of Ray warns that tokens are asked for, and tells how to do without."""
NODE_SECONDS = 600.0
"""How long a node may take to register that is alive."""


def keep_secrets(scratch: Path, settings: Settings) -> None:
    """Puts the secret settings where the service's own processes find them: in a file that only this user reads.

    For processes to come none is in the environment any more, which all of Ray's would inherit.
    """
    file = scratch / "secrets.json"
    with os.fdopen(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as opened:
        opened.write(secrets_of(settings))
    os.environ[SECRETS_FILE] = str(file)


@contextmanager
def without_secrets() -> Iterator[None]:
    """Within it this process's environment, which those that it starts inherit, has no secret settings."""
    names = {name for name in os.environ if name.lower() in SECRET_FIELDS}
    kept = {name: os.environ.pop(name) for name in names}
    try:
        yield
    finally:
        os.environ.update(kept)


def prepare_environment(scratch: Path, *, dashboard: bool) -> None:
    """Must run before `ray.serve` is imported: it reads the environment then, and so do the processes that Ray starts."""
    haproxy, temporary = scratch / "haproxy", scratch / "tmp"
    for folder in (haproxy, temporary):
        folder.mkdir(mode=0o700)
    names = {"CONFIG_FILE_LOC": "haproxy.cfg", "SOCKET_PATH": "admin.sock", "METRICS_SOCKET_PATH": "metrics.sock"}
    os.environ |= {f"RAY_SERVE_HAPROXY_{name}": str(haproxy / file) for name, file in names.items()}
    os.environ |= PATIENCE | {
        # else Ray takes an address of the network instead of loopback, and listens on all; named for where that is its default
        "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",
        "RAY_SERVE_ENABLE_HA_PROXY": "1",
        "RAY_SERVE_HAPROXY_SERVER_STATE_BASE": str(haproxy),
        "RAY_SERVE_HAPROXY_SERVER_STATE_FILE": str(haproxy / "server-state"),
        # not the same for all runs: Serve cannot take a port again for a minute after the last run on it
        "RAY_SERVE_FALLBACK_PROXY_HTTP_PORT": str(port_to_take(LOOPBACK, 0)),
        "RAY_SERVE_HAPROXY_METRICS_ENABLED": "0",
        "RAY_SERVE_HAPROXY_NBTHREAD": str(min(4, os.cpu_count() or 1)),
        # after a reload the earlier HAProxy stays for what is under way: the longest upload there should be
        "RAY_SERVE_HAPROXY_HARD_STOP_AFTER_S": "900",
        "RAY_SERVE_HAPROXY_BINARY_PATH": str(_haproxy(haproxy)),
        # what Ray does all the time for clusters that change and people who look on took a tenth of a processor
        "RAY_SERVE_CONTROL_LOOP_INTERVAL_S": "1",
        "RAY_SERVE_LOG_TO_STDERR": "0",  # it has files of its own
        "RAY_LOG_MONITOR_MANY_FILES_THRESHOLD": "0",
        "LOG_NAME_UPDATE_INTERVAL_S": "3600",  # `start` tells Ray that nobody wants to hear what processes write
        "RAY_enable_metrics_collection": str(int(dashboard)),
        "RAY_event_stats": str(int(dashboard)),
        "RAY_USAGE_STATS_ENABLED": "0",
        # stack traces and flame graphs, for who has the token and is on this machine
        "RAY_DASHBOARD_ENABLE_PROFILING": os.environ.get("RAY_DASHBOARD_ENABLE_PROFILING", str(int(dashboard))),
        # the dashboard looks for py-spy there, which has come with us
        "PATH": os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath))),
        "TMPDIR": str(temporary),  # of the processes to come: what those leave that are killed goes with all scratch
        # glibc gives each of many threads an arena of its own, which keep what has been freed there
        "MALLOC_ARENA_MAX": os.environ.get("MALLOC_ARENA_MAX", "2"),
        "RAY_worker_niceness": "0",  # Ray would give all workers 15; see cluster.priority for those that take it themselves
    }


def start(scratch: Path, *, dashboard: bool) -> str | None:
    """A cluster of one node that ends with this process; gives back where its dashboard is. `prepare_environment` comes first.

    Raises `StartError`.
    """
    import ray  # not before the environment is prepared

    logging.getLogger(_PRAISES_ITSELF).setLevel(logging.ERROR)
    mask = os.umask(0o077)  # Ray's files, the token of its users among them, are nobody else's
    try:
        with _patient_with_busy_machines(), _without_onlookers(scratch, dashboard=dashboard):
            context = ray.init(
                address="local",
                num_cpus=os.cpu_count(),
                include_dashboard=dashboard,
                dashboard_host=LOOPBACK,
                log_to_driver=False,
                configure_logging=False,
                _node_ip_address=LOOPBACK,
                _temp_dir=str(scratch / "ray"),
            )
    except Exception as error:  # Ray has no class of its own for it
        raise StartError(f"Ray did not start: {sentence(error)}") from error
    finally:
        os.umask(mask)
    _keep_private(Path("~/.ray/auth_token").expanduser())
    return f"http://{context.dashboard_url}" if dashboard else None


def _keep_private(file: Path) -> None:
    """Of an earlier start, it may be open to others."""
    with suppress(FileNotFoundError, PermissionError):
        file.chmod(0o600)


@contextmanager
def _patient_with_busy_machines() -> Iterator[None]:
    """Ray gives its node half a minute and has no setting for it: here it waits as long as the node's processes live."""
    from ray._private import services

    look = services.get_node

    def wait(*arguments: Any, **options: Any) -> Any:
        until = time.monotonic() + NODE_SECONDS
        while True:
            try:
                return look(*arguments, **options)  # type: ignore[no-untyped-call]
            except RuntimeError:  # not there yet
                if time.monotonic() > until or not all(map(lives, head_processes())):
                    raise
            time.sleep(0.2)

    services.get_node = wait
    try:
        yield
    finally:
        services.get_node = look


@contextmanager
def _without_onlookers(scratch: Path, *, dashboard: bool) -> Iterator[None]:
    """Ray has no setting for it: no autoscaler where there is one node, nobody who reads logs for a driver that wants none,
    and without ``dashboard`` neither its server nor the node's agent that reports to it."""
    from ray._private import services
    from ray._private.node import Node

    start_process = services.start_ray_process

    def start_without_agent(command: list[str], *arguments: Any, **options: Any) -> Any:
        agent = f"{_AGENT}{_silent_agent(scratch)} {scratch / 'ray/session_latest'}"
        command = [agent if word.startswith(_AGENT) else word for word in command]
        return start_process(command, *arguments, **options)

    unasked: list[tuple[Any, str, Any]] = [(Node, "start_monitor", _nothing), (Node, "start_log_monitor", _nothing)]
    if not dashboard:
        unasked += [(Node, "start_api_server", _nothing), (services, "start_ray_process", start_without_agent)]
    kept = [(owner, name, getattr(owner, name)) for owner, name, _ in unasked]
    for owner, name, instead in unasked:
        setattr(owner, name, instead)
    try:
        yield
    finally:
        for owner, name, own in kept:
            setattr(owner, name, own)


def _nothing(node: object, **options: object) -> None:
    """Starts none."""


_AGENT = "--dashboard_agent_command="


def _silent_agent(folder: Path) -> Path:
    """In the place of the agent that reports to the dashboard: a raylet must have one, and reads in files where it listens."""
    script = folder / "agent"
    script.write_text(
        "#!/bin/sh\n"
        "for name in metrics_agent_port metrics_export_port dashboard_agent_listen_port; do\n"
        '    file="$1/${name}_$RAY_NODE_ID"\n'
        '    printf %s -1 > "$file.part" && mv "$file.part" "$file"\n'
        "done\n"
        "exec tail -f /dev/null\n"
    )
    script.chmod(0o700)
    return script


def sentence(error: Exception) -> str:
    """The last line that says something: errors of Ray bring tracebacks of other processes and colours along."""
    lines = [re.sub(r"\x1b\[[0-9;]*m", "", line).strip() for line in str(error).splitlines()]
    return next(filter(None, reversed(lines)), type(error).__name__)


def connect(address: str) -> None:
    """Joins the cluster that ``RAY_ADDRESS`` names."""
    import ray  # as above

    ray.init(address=address, log_to_driver=False)


def last_words(scratch: Path) -> str:
    """What the proxies of Serve logged last, for whoever has to find out why they do not serve."""
    lines = [
        line
        for log in sorted((scratch / "ray/session_latest/logs/serve").glob("*.log"))
        for line in log.read_text(errors="replace").splitlines()[-_LAST_LINES:]
    ]
    return "\n".join(lines)


def _haproxy(folder: Path) -> Path:
    """As `serve_app.proxy` has it: an executable, since Ray takes no more than a path."""
    script = folder / "haproxy"
    script.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -I {shlex.quote(proxy.__file__)} "$@"\n')
    script.chmod(0o700)
    return script
