"""``cluster.yaml`` is what Ray's launcher takes, and its nodes can carry what the service runs on them."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from ray.autoscaler._private.util import fill_node_type_min_max_workers, prepare_config, validate_config

from cluster import resources
from cluster.resources import TaskKind
from cluster.settings import Settings
from serve_app.edge_settings import EdgeSettings

ROOT = Path(__file__).parents[3]
KINDS = {name: value for name, value in vars(resources).items() if isinstance(value, TaskKind)}


@pytest.fixture
def config() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "cluster.yaml").read_text())
    return loaded


def test_ray_accepts_it(config: dict[str, Any]) -> None:
    validate_config(config)
    validate_config(prepare_config(config))


def test_its_groups_are_within_bounds(config: dict[str, Any]) -> None:
    fill_node_type_min_max_workers(config)
    types = config["available_node_types"]
    assert set(types) == {"head", "api", "base", "worker"}
    assert config["head_node_type"] == "head"
    assert sum(types[name]["max_workers"] for name in ("api", "base", "worker")) <= config["max_workers"]
    assert types["api"]["min_workers"] >= 2, "one API node may be lost"
    assert all(types[name]["min_workers"] < types[name]["max_workers"] for name in ("api", "worker"))


@pytest.mark.parametrize("name", KINDS)
def test_workers_have_the_memory_for_a_task_on_every_cpu(name: str, config: dict[str, Any]) -> None:
    worker = config["available_node_types"]["worker"]["resources"]
    tasks = worker["CPU"] / KINDS[name].num_cpus
    assert tasks >= 1
    assert tasks * KINDS[name].memory_bytes <= worker["memory"]


def test_only_workers_come_and_go(config: dict[str, Any]) -> None:
    """A node with an actor is never idle: actors and API replicas have nodes of their own, of which there is always one."""
    settings, types = _env("deploy/cluster.env.example"), config["available_node_types"]
    for name in ("ACTOR_RESOURCE", "API_RESOURCE"):
        offering = [group for group in types.values() if settings[name] in group["resources"]]
        assert offering
        assert all(group["min_workers"] >= 2 for group in offering)
    assert set(types["worker"]["resources"]) == {"CPU", "memory", "object_store_memory"}
    assert config["idle_timeout_minutes"] > 0


def test_no_task_runs_where_nodes_stay(config: dict[str, Any]) -> None:
    assert KINDS
    assert all(kind.num_cpus > 0 for kind in KINDS.values())
    assert all(config["available_node_types"][name]["resources"]["CPU"] == 0 for name in ("head", "api", "base"))


def test_a_lost_head_finds_its_state_in_redis_and_every_process_needs_the_token(config: dict[str, Any]) -> None:
    settings = _env("deploy/cluster.env.example")
    assert settings["RAY_AUTH_MODE"] == "token"
    assert settings["RAY_REDIS_ADDRESS"].startswith("rediss://")
    assert settings["RAY_external_storage_namespace"]
    assert config["file_mounts"]["~/.ray/auth_token"] == "~/.ray/auth_token"
    for commands in (config["head_start_ray_commands"], config["worker_start_ray_commands"]):
        assert all("phoenix-scanner.env" in command for command in commands if "ray start" in command)
        assert any("--object-spilling-directory" in command for command in commands)
    assert any("phoenix-scan up" in command for command in config["head_start_ray_commands"])


@pytest.mark.parametrize("file", ["deploy/cluster.env.example", "deploy/.env.example"])
def test_examples_of_settings_hold_no_secret(file: str) -> None:
    for name, value in _env(file).items():
        if re.search(r"KEY|SECRET|PASSWORD|TOKEN|CLIENT", name):
            assert not value, name
        assert ":" not in value.rpartition("@")[0].replace("://", "").replace(":PASSWORD", ""), name


def test_every_setting_of_the_example_exists() -> None:
    known = {name.upper() for model in (Settings, EdgeSettings) for name in model.model_fields}
    unknown = [name for name in _env("deploy/cluster.env.example") if name not in known and not name.startswith("RAY_")]
    assert not unknown


def test_secrets_stay_out_of_git_and_out_of_the_copied_tree(config: dict[str, Any]) -> None:
    ignored = (ROOT / ".gitignore").read_text().splitlines()
    assert {"/deploy/cluster.env", "/deploy/.env"} <= set(ignored)
    assert "deploy/cluster.env" in config["rsync_exclude"]
    text = (ROOT / "cluster.yaml").read_text()
    assert not re.search(r"(?i)(password|secret|token)\s*[:=]\s*[\"']?[A-Za-z0-9/+]{12,}", text)


def _env(file: str) -> dict[str, str]:
    lines = (ROOT / file).read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
