"""Reports of the Trivy Operator: Kubernetes resources of ``aquasecurity.github.io`` as ``kubectl get … -o json`` writes them.

One resource, an array of them, a ``List``, or an object with one array for each kind.
"""

from scanner.format import Format
from scanner.formats.trivy_operator import resources
from scanner.model import AssetType
from scanner.shapes.json import JsonSignature, JsonVariant

_GROUP = "aquasecurity.github.io"
_KINDS = (
    "vulnerabilityreports",
    "configauditreports",
    "exposedsecretreports",
    "clustercompliancereports",
    "rbacassessmentreports",
)

FORMAT = Format(
    slug="trivy_operator",
    scanner="Trivy Operator",
    asset_type=AssetType.CONTAINER,
    names=("Trivy Operator Scan",),
    variants=(
        JsonVariant(
            JsonSignature(keys={"kind", "metadata"}, values={"apiVersion": _GROUP}, root="object"),
            resources.Resource,
            resources.one_resource,
        ),
        JsonVariant(
            JsonSignature(keys={"[].kind", "[].metadata"}, values={"[].apiVersion": _GROUP}, root="array"),
            list[resources.Resource],
            resources.several_resources,
        ),
        JsonVariant(
            JsonSignature(keys={"items[].kind", "items[].metadata"}, values={"items[].apiVersion": _GROUP}, root="object"),
            resources.ResourceList,
            resources.listed_resources,
        ),
        JsonVariant(
            JsonSignature(any_of=({f"{kind}.{_GROUP}" for kind in _KINDS},), root="object"),
            dict[str, list[resources.Resource] | None],
            resources.resources_by_kind,
        ),
    ),
    produce="kubectl get vulnerabilityreports,configauditreports,exposedsecretreports -A -o json",
    sources=("https://github.com/aquasecurity/trivy-operator/tree/main/pkg/apis/aquasecurity/v1alpha1",),
)
