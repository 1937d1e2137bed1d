"""The manifests of ``deploy/kubernetes`` fit the schemas of Kubernetes, refer to each other rightly, and are closed by default.

Ray's own kinds have no schema here; their pods do, and are held to it.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from cluster import resources
from cluster.resources import TaskKind
from cluster.settings import Settings
from serve_app.edge_settings import EdgeSettings

FOLDER = Path(__file__).parents[3] / "deploy" / "kubernetes"
RAY_CLUSTER_FIELDS = {
    "authOptions", "autoscalerOptions", "enableInTreeAutoscaling", "gcsFaultToleranceOptions", "headGroupSpec", "rayVersion",
    "workerGroupSpecs",
}  # fmt: skip


def manifests() -> Iterator[dict[str, Any]]:
    for path in sorted(FOLDER.glob("*.yaml")):
        yield from yaml.safe_load_all(path.read_text())


MANIFESTS = list(manifests())
BUILT_IN = [each for each in MANIFESTS if not each["apiVersion"].startswith(("ray.io/", "kustomize"))]


def of_kind(kind: str) -> list[dict[str, Any]]:
    return [each for each in MANIFESTS if each["kind"] == kind]


(CLUSTER,) = of_kind("RayCluster")
GROUPS = {"head": CLUSTER["spec"]["headGroupSpec"]} | {
    group["groupName"]: group for group in CLUSTER["spec"]["workerGroupSpecs"]
}


def pod(group: str) -> dict[str, Any]:
    spec: dict[str, Any] = GROUPS[group]["template"]["spec"]
    return spec


@pytest.mark.parametrize("manifest", BUILT_IN, ids=lambda each: f"{each['kind']}-{each['metadata']['name']}")
def test_built_in_kinds_fit_their_schema(manifest: dict[str, Any]) -> None:
    kubernetes_validate.validate(manifest, kubernetes_validate.latest_version(), strict=True)


@pytest.mark.parametrize("group", GROUPS)
def test_the_pods_of_the_cluster_fit_their_schema(group: str) -> None:
    manifest = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": group}, "spec": pod(group)}
    kubernetes_validate.validate(manifest, kubernetes_validate.latest_version(), strict=True)


def test_the_cluster_has_the_fields_of_a_ray_cluster() -> None:
    assert set(CLUSTER["spec"]) == RAY_CLUSTER_FIELDS
    assert CLUSTER["spec"]["authOptions"]["mode"] == "token"
    assert CLUSTER["spec"]["gcsFaultToleranceOptions"]["redisAddress"]
    assert set(GROUPS) == {"head", "api", "base", "worker"}


def test_only_workers_come_and_go() -> None:
    """A pod with an actor is never idle: actors and API replicas have pods of their own."""
    (settings,) = of_kind("ConfigMap")
    for name in ("ACTOR_RESOURCE", "API_RESOURCE"):
        group = GROUPS[settings["data"][name]]
        assert settings["data"][name] in group["rayStartParams"]["resources"]
        assert group["minReplicas"] >= 2
    assert "resources" not in GROUPS["worker"]["rayStartParams"]
    assert {group["rayStartParams"]["num-cpus"] for name, group in GROUPS.items() if name != "worker"} == {"0"}


@pytest.mark.parametrize("group", GROUPS)
def test_pods_are_locked_down(group: str) -> None:
    spec = pod(group)
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert spec["automountServiceAccountToken"] is (group == "head")
    for container in [*spec["containers"], CLUSTER["spec"]["autoscalerOptions"]]:
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert container["resources"]["limits"]["memory"]


def test_secrets_are_only_referred_to() -> None:
    assert not of_kind("Secret")
    (settings,) = of_kind("ConfigMap")
    known = {name.upper() for model in (Settings, EdgeSettings) for name in model.model_fields}
    assert {name for name in settings["data"] if not name.startswith("RAY_")} <= known
    assert not {"API_KEY", "SECRET_KEY", "DATABASE_URL", "REDIS_URL", "PHOENIX_CLIENT_SECRET"} & set(settings["data"])
    for group in GROUPS:
        sources = pod(group)["containers"][0]["envFrom"]
        secrets = [source["secretRef"]["name"] for source in sources if "secretRef" in source]
        assert {"configMapRef": {"name": "phoenix-scanner"}} in sources
        assert secrets == ["phoenix-scanner"] * (group != "worker") + ["phoenix-scanner-storage"]


def test_nothing_is_reachable_unless_it_is_allowed() -> None:
    policies = {policy["metadata"]["name"]: policy["spec"] for policy in of_kind("NetworkPolicy")}
    assert policies["nothing-unless-allowed"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    for name, policy in policies.items():
        for rule in policy.get("ingress", ()):
            assert rule["from"], name
    assert all(service["spec"]["type"] == "ClusterIP" for service in of_kind("Service"))


def test_nodes_that_translate_reach_neither_database_nor_redis() -> None:
    for policy in of_kind("NetworkPolicy"):
        selector = policy["spec"]["podSelector"]
        is_for_workers = not any("worker" in each["values"] for each in selector.get("matchExpressions", ()))
        ports = {port["port"] for rule in policy["spec"].get("egress", ()) for port in rule.get("ports", ())}
        if is_for_workers and "ray.io/node-type" not in selector.get("matchLabels", {}):
            assert ports <= {53, 443}, policy["metadata"]["name"]


def test_what_selects_pods_selects_groups_that_exist() -> None:
    selectors = [service["spec"]["selector"] for service in of_kind("Service")]
    selectors += [budget["spec"]["selector"]["matchLabels"] for budget in of_kind("PodDisruptionBudget")]
    selectors += [policy["spec"]["podSelector"].get("matchLabels", {}) for policy in of_kind("NetworkPolicy")]
    for selector in selectors:
        assert selector.get("ray.io/cluster", "phoenix-scanner") == CLUSTER["metadata"]["name"]
        assert selector.get("ray.io/group", "api") in GROUPS
        assert selector.get("ray.io/node-type", "head") == "head"


def test_workers_have_the_memory_for_a_task_on_every_cpu() -> None:
    cpus = int(GROUPS["worker"]["rayStartParams"]["num-cpus"])
    container = pod("worker")["containers"][0]
    assert container["resources"]["requests"]["cpu"] == str(cpus)
    memory = int(container["resources"]["limits"]["memory"].removesuffix("Gi")) << 30
    largest = max(kind.memory_bytes for kind in vars(resources).values() if isinstance(kind, TaskKind))
    assert cpus * largest <= memory // 2, "object store and importers need the other half"


def test_the_kustomization_names_every_file() -> None:
    (kustomization,) = of_kind("Kustomization")
    assert set(kustomization["resources"]) == {path.name for path in FOLDER.glob("*.yaml")} - {"kustomization.yaml"}
