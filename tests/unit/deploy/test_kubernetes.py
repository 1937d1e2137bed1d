"""The manifests of ``deploy/kubernetes`` fit the schemas of Kubernetes, refer to each other rightly, and are closed by default.

No package that we install carries the schema of KubeRay's kinds; their pods have one, and are held to it, and so does what they
hand on to Ray Serve: Serve's own.
"""

import importlib
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml
from pydantic import ValidationError
from ray.serve.schema import ServeDeploySchema

from cluster import resources
from cluster.resources import TaskKind
from cluster.settings import SECRET_FIELDS, Settings, load_settings
from serve_app.declared import Arguments, application
from serve_app.deployment import APPLICATION
from serve_app.edge_settings import EdgeSettings, load_edge_settings

FOLDER = Path(__file__).parents[3] / "deploy" / "kubernetes"
RAY_SERVICE_FIELDS = {
    "excludeHeadPodFromServeSvc", "rayClusterConfig", "rayClusterDeletionDelaySeconds", "serveConfigV2", "upgradeStrategy",
}  # fmt: skip
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


(SERVICE,) = of_kind("RayService")
CLUSTER = SERVICE["spec"]["rayClusterConfig"]
SERVE = yaml.safe_load(SERVICE["spec"]["serveConfigV2"])
GROUPS = {"head": CLUSTER["headGroupSpec"]} | {group["groupName"]: group for group in CLUSTER["workerGroupSpecs"]}
(SETTINGS,) = of_kind("ConfigMap")
OURS = {name.upper() for model in (Settings, EdgeSettings) for name in model.model_fields}


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


def test_the_service_has_the_fields_of_a_ray_service() -> None:
    assert set(SERVICE["spec"]) == RAY_SERVICE_FIELDS
    assert SERVICE["spec"]["upgradeStrategy"] == {"type": "NewCluster"}
    assert set(CLUSTER) == RAY_CLUSTER_FIELDS
    assert CLUSTER["autoscalerOptions"]["version"] == "v2"
    assert CLUSTER["authOptions"]["mode"] == "token"
    assert CLUSTER["gcsFaultToleranceOptions"]["redisAddress"]
    assert CLUSTER["rayVersion"] == version("ray")
    assert set(GROUPS) == {"head", "api", "base", "worker"}


def test_what_serve_is_told_fits_its_schema_and_this_version() -> None:
    ServeDeploySchema.model_validate(SERVE)
    (only,) = SERVE["applications"]
    module, _, builder = only["import_path"].partition(":")
    assert getattr(importlib.import_module(module), builder) is application
    assert Arguments.model_validate(only.get("args", {})) == Arguments(), "a version would be brought out in place"
    assert only["name"] == APPLICATION
    (service,) = of_kind("Service")
    assert service["spec"]["ports"][0]["targetPort"] == SERVE["http_options"]["port"]


def test_serve_is_told_nothing_but_a_version() -> None:
    """Ray keeps and shows what it is told."""
    with pytest.raises(ValidationError) as caught:
        Arguments.model_validate({"secret_key": "canary"})
    assert "canary" not in str(caught.value)


def test_pods_are_ready_by_what_runs_in_them() -> None:
    """KubeRay's own probes would ask every worker for a proxy of Serve, which only API pods have."""
    (service,) = of_kind("Service")
    for group in GROUPS:
        (container,) = pod(group)["containers"]
        ready, lives = container["readinessProbe"]["httpGet"], container["livenessProbe"]["httpGet"]
        assert (ready["port"] == service["spec"]["ports"][0]["targetPort"]) is (group == "api")
        assert lives["path"].endswith("healthz"), "a replica that is not there yet is no reason to end its node"


def test_only_workers_come_and_go() -> None:
    """A pod with an actor is never idle: actors and API replicas have pods of their own."""
    for name in ("ACTOR_RESOURCE", "API_RESOURCE"):
        group = GROUPS[SETTINGS["data"][name]]
        assert SETTINGS["data"][name] in group["rayStartParams"]["resources"]
        assert group["minReplicas"] >= 2
    assert "resources" not in GROUPS["worker"]["rayStartParams"]
    assert {group["rayStartParams"]["num-cpus"] for name, group in GROUPS.items() if name != "worker"} == {"0"}


@pytest.mark.parametrize("group", GROUPS)
def test_pods_are_locked_down(group: str) -> None:
    spec = pod(group)
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert spec["automountServiceAccountToken"] is (group == "head")
    for container in [*spec["containers"], CLUSTER["autoscalerOptions"]]:
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert container["resources"]["limits"]["memory"]


def test_secrets_are_only_referred_to() -> None:
    assert not of_kind("Secret")
    assert not {name.upper() for name in SECRET_FIELDS} & set(SETTINGS["data"])
    for group in GROUPS:
        sources = pod(group)["containers"][0]["envFrom"]
        secrets = [source["secretRef"]["name"] for source in sources if "secretRef" in source]
        assert {"configMapRef": {"name": "phoenix-scanner"}} in sources
        assert secrets == ["phoenix-scanner"] * (group != "worker") + ["phoenix-scanner-storage"]


def test_the_settings_are_ours_and_have_values_that_we_take(monkeypatch: pytest.MonkeyPatch) -> None:
    given = SETTINGS["data"]
    assert {name for name in given if not name.startswith("RAY_")} <= OURS
    for name in OURS:
        monkeypatch.delenv(name, raising=False)
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    secret = {"api_key": "a", "secret_key": "s", "database_url": "postgresql://db/scans", "redis_url": "redis://cache"}
    known = load_settings(None, **secret).model_dump(mode="json") | load_edge_settings().model_dump(mode="json")
    assert {name: str(known[name.lower()]) for name in given if name in OURS} == {n: v for n, v in given.items() if n in OURS}


def test_nothing_is_reachable_unless_it_is_allowed() -> None:
    policies = {policy["metadata"]["name"]: policy["spec"] for policy in of_kind("NetworkPolicy")}
    assert policies["nothing-unless-allowed"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    for name, policy in policies.items():
        for rule in policy.get("ingress", ()):
            assert rule["from"], name
    (prometheus,) = policies["metrics-from-prometheus"]["ingress"]
    assert [port["port"] for port in prometheus["ports"]] == [8000, 8080], "the API's, and KubeRay's for Ray's own"
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
        assert "ray.io/cluster" not in selector, "KubeRay gives each cluster of a service a name of its own"
        for group in GROUPS.values():
            assert selector.get("app", "phoenix-scanner") == group["template"]["metadata"]["labels"]["app"]
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
