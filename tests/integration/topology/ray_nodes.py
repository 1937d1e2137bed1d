"""Ray nodes as separate processes on this machine, started and ended like those of a real cluster: docs/deployment.md.

All of them carry a mark in their environment, by which whatever is left of them is found and ended; nobody else's is touched.
"""

import json
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
from ray.autoscaler._private.fake_multi_node.node_provider import FAKE_HEAD_NODE_ID
from servers import free_port

from serve_app.embedded import processes
from serve_app.embedded.local_ray import PATIENCE

START_SECONDS = 120
START_ATTEMPTS = 2
"""On a busy machine Ray gives up on a node that has not heard of itself in a minute."""
WORKER_STORE_BYTES = 80_000_000
"""Of a worker that comes and goes: the smallest that Ray takes."""
LARGE = {"phoenix-scanner/reports": "large"}
"""The label of nodes for large reports, where settings do not say otherwise."""
RAY = str(Path(sys.executable).with_name("ray"))
PHOENIX_SCAN = str(Path(sys.executable).with_name("phoenix-scan"))
PROXY = str(Path(sys.executable).with_name("phoenix-scan-proxy"))


ACTORS = """
import json, ray
from ray.util import list_named_actors

ray.init(log_to_driver=False)
actors = [each for each in list_named_actors(all_namespaces=True) if each["namespace"] == "phoenix-scanner"]
print(json.dumps({each["name"]: ray.get_actor(**each)._actor_id.hex() for each in actors}))
"""


@dataclass
class Node:
    process: subprocess.Popen[bytes]

    def kill_raylet(self) -> None:
        """The node is lost, with everything that runs on it, as when the machine fails."""
        (raylet,) = (child for child in psutil.Process(self.process.pid).children() if child.name() == "raylet")
        raylet.kill()
        self.process.wait(timeout=30)


@dataclass
class RayNodes:
    """A head without CPUs, and workers."""

    folder: Path
    """Short: paths of sockets may have 107 characters."""
    settings: dict[str, str]
    """Of the service; every node has them in its environment."""
    run: str = field(default_factory=lambda: secrets.token_hex(16))
    token: str = field(default_factory=lambda: secrets.token_hex(32))
    port: int = field(default_factory=free_port)
    dashboard_port: int = field(default_factory=free_port)
    nodes: list[Node] = field(default_factory=list)

    @property
    def address(self) -> str:
        return f"{_loopback(0)}:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("RAY_", "PHOENIX_SCANNER_"))}
        return (
            inherited
            | self.settings
            | PATIENCE
            | {
                processes.MARK: self.run,
                "RAY_AUTH_MODE": "token",
                "RAY_AUTH_TOKEN": self.token,
                "RAY_USAGE_STATS_ENABLED": "0",
                "RAY_raylet_start_wait_time_s": "60",
                "RAY_SERVE_DIRECT_INGRESS_MIN_DRAINING_PERIOD_S": "8",  # a replica that goes stays half a minute elsewhere
            }
        )

    def start_head(self, *more: str) -> None:
        self._start(
            "--head", f"--port={self.port}", "--num-cpus=0", "--include-dashboard=true", "--dashboard-host=127.0.0.1",
            f"--dashboard-port={self.dashboard_port}", f"--ray-client-server-port={free_port()}",
            f"--temp-dir={self.folder / 'ray'}", *more,
        )  # fmt: skip

    def start_scaling_head(self, workers: int) -> None:
        """A head whose autoscaler (v2, which alone knows labels) starts up to so many workers of one CPU, and as many that have
        `LARGE` as their label, and ends them after three idle seconds."""
        config = self.folder / "scaling.json"
        config.write_text(json.dumps(scaling_config(self.address, workers)))
        self.settings |= {
            "RAY_FAKE_CLUSTER": "1",
            "RAY_enable_autoscaler_v2": "1",
            "RAY_CLOUD_INSTANCE_ID": FAKE_HEAD_NODE_ID,
            "RAY_OVERRIDE_NODE_ID_FOR_TESTING": FAKE_HEAD_NODE_ID,
            "AUTOSCALER_UPDATE_INTERVAL_S": "1",
            "PYTHONPATH": str(Path(__file__).parent),
        }
        self.start_head(f"--autoscaling-config={config}", '--resources={"base": 1}')

    def start_worker(self) -> None:
        """One after the other: nodes that start at the same time on one machine get into each other's way."""
        self._start(f"--address={self.address}", "--num-cpus=1")

    def command(self, *arguments: str, timeout: float = 120) -> str:
        """Standard output of a command that knows the cluster."""
        done = subprocess.run(
            arguments, env=self.environment | {"RAY_ADDRESS": self.address}, capture_output=True, text=True, timeout=timeout
        )
        assert done.returncode == 0, f"{' '.join(arguments)}: {done.returncode}\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
        return done.stdout

    def listed(self, kind: str, *filters: str) -> list[dict[str, Any]]:
        """What ``ray list`` tells."""
        dashboard = f"http://127.0.0.1:{self.dashboard_port}"
        how = ("--detail", "--format=json", "--limit=10000")
        found: list[dict[str, Any]] = json.loads(self.command(RAY, "list", kind, f"--address={dashboard}", *how, *filters))
        return found

    def labelled(self, label: dict[str, str]) -> set[str]:
        """Ids of the nodes that have or had that label."""
        return {node["node_id"] for node in self.listed("nodes") if label.items() <= node["labels"].items()}

    def nodes_of_tasks(self, prefix: str) -> dict[str, list[str]]:
        """Names of the finished tasks that start with ``prefix``, by the node that they ran on."""
        found: dict[str, list[str]] = {}
        for task in self.listed("tasks", "--filter", "state=FINISHED"):
            if task["name"].startswith(prefix):
                found.setdefault(task["node_id"], []).append(task["name"])
        return found

    def actors(self) -> dict[str, str]:
        """Ids of the service's actors by their names."""
        ids: dict[str, str] = json.loads(self.command(sys.executable, "-c", ACTORS))
        return ids

    def stop(self) -> None:
        """At once: asked politely, `ray start` waits half a minute for its node to drain."""
        processes.end(self.run, patience_seconds=0)
        for node in self.nodes:
            node.process.wait(timeout=10)

    def _start(self, *arguments: str) -> None:
        number = len(self.nodes)
        log = self.folder / f"node-{number}.log"
        common = (
            "--block", f"--node-ip-address={_loopback(number)}", "--object-store-memory=200000000", "--disable-usage-stats",
            f"--dashboard-agent-listen-port={free_port()}", f"--metrics-export-port={free_port()}",
        )  # fmt: skip
        environment = self.environment | _own_haproxy(self.folder / f"haproxy-{number}")
        for _ in range(START_ATTEMPTS):
            with log.open("wb") as output:
                process = subprocess.Popen(
                    [RAY, "start", *common, *arguments], env=environment, stdout=output, stderr=output, start_new_session=True
                )
            if _has_started(process, log):
                self.nodes.append(Node(process))
                return
        raise AssertionError(log.read_text())


def _has_started(process: subprocess.Popen[bytes], log: Path) -> bool:
    deadline = time.monotonic() + START_SECONDS
    while b"Ray runtime started." not in log.read_bytes():
        if process.poll() is not None:
            return False
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.1)
    return True


@contextmanager
def ray_nodes(folder: Path, settings: dict[str, str], *, workers: int = 0, autoscaled: int = 0) -> Iterator[RayNodes]:
    """A running cluster, with so many workers that stay or with up to so many that come and go. Nothing of it is left at the
    end, whatever happened."""
    cluster = RayNodes(folder, settings)
    try:
        if autoscaled:
            cluster.start_scaling_head(autoscaled)
        else:
            cluster.start_head('--resources={"api": 1}')
        for _ in range(workers):
            cluster.start_worker()
        yield cluster
    finally:
        cluster.stop()
        assert not processes.marked(cluster.run)


def scaling_config(address: str, workers: int) -> dict[str, Any]:
    """As in cluster.yaml, but for the provider and the sizes."""
    offered = {"CPU": 1, "memory": 1_000_000_000, "object_store_memory": WORKER_STORE_BYTES}
    worker = {"resources": offered, "node_config": {}, "min_workers": 0, "max_workers": workers}
    return {
        "cluster_name": "scaling",
        "max_workers": 2 * workers,
        "upscaling_speed": 1.0,
        "idle_timeout_minutes": 0.05,
        "provider": {
            "type": "external",
            "module": "loopback_provider.LoopbackProvider",
            "gcs_address": address,
            "head_node_id": FAKE_HEAD_NODE_ID,
            "use_node_id_as_ip": True,
            "disable_node_updaters": True,
            "disable_launch_config_check": True,
            "launch_multiple": True,
        },
        "head_node_type": "ray.head.default",
        "available_node_types": {
            "ray.head.default": {"resources": {"CPU": 0, "base": 1}, "node_config": {}, "max_workers": 0},
            "worker": worker,
            "large": worker | {"labels": LARGE},
        },
        "auth": {},
        "file_mounts": {},
        "cluster_synced_files": [],
        "file_mounts_sync_continuously": False,
        "rsync_exclude": [],
        "rsync_filter": [],
        "initialization_commands": [],
        "setup_commands": [],
        "head_setup_commands": [],
        "worker_setup_commands": [],
        "head_start_ray_commands": [],
        "worker_start_ray_commands": [],
        "head_node": {},
        "worker_nodes": {},
    }


def _loopback(number: int) -> str:
    """An address per node, as on machines of their own. Ray does not take 127.0.0.1: it would listen to the network instead."""
    return f"127.0.0.{number + 2}"


def _own_haproxy(folder: Path) -> dict[str, str]:
    """Nodes of one machine would take each other's files and ports."""
    folder.mkdir()
    files = {"CONFIG_FILE_LOC": "haproxy.cfg", "SOCKET_PATH": "admin.sock", "METRICS_SOCKET_PATH": "metrics.sock"}
    return {f"RAY_SERVE_HAPROXY_{name}": str(folder / file) for name, file in files.items()} | {
        "RAY_SERVE_ENABLE_HA_PROXY": "1",
        "RAY_SERVE_HAPROXY_BINARY_PATH": PROXY,
        "RAY_SERVE_HAPROXY_SERVER_STATE_BASE": str(folder),
        "RAY_SERVE_HAPROXY_SERVER_STATE_FILE": str(folder / "server-state"),
        "RAY_SERVE_HAPROXY_STATS_PORT": str(free_port()),
        "RAY_SERVE_HAPROXY_METRICS_PORT": str(free_port()),
        "RAY_SERVE_HAPROXY_METRICS_ENABLED": "0",
        "RAY_SERVE_HAPROXY_HARD_STOP_AFTER_S": "5",
        "SERVE_SOCKET_REUSE_PORT_ENABLED": "1",  # the proxies of all nodes share the port
    }
