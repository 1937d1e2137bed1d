"""Trivy JSON reports (``trivy image|fs|repo|config|sbom|vm|k8s -f json``), from the arrays of 0.1 to the current schema."""

from scanner.format import Format
from scanner.formats.trivy import artifact, compliance, kubernetes, legacy
from scanner.model import AssetType
from scanner.shapes.json import JsonSignature, JsonVariant

FORMAT = Format(
    slug="trivy",
    scanner="Trivy",
    asset_type=AssetType.CONTAINER,
    names=("Trivy Scan",),
    variants=(
        # before the others: of equally good matches the first counts
        JsonVariant(
            JsonSignature(
                keys={"ClusterName"},
                any_of=({"Resources", "Findings", "Vulnerabilities", "Misconfigurations", "ReportID"},),
                root="object",
            ),
            kubernetes.Report,
            kubernetes.sections,
        ),
        JsonVariant(
            JsonSignature(
                keys={"SchemaVersion"},
                any_of=({"ArtifactName", "ArtifactType", "Results"},),
                root="object",
            ),
            artifact.Report,
            artifact.sections,
        ),
        JsonVariant(
            JsonSignature(keys={"scanner.result.SchemaVersion", "scanner.uri"}, root="object"),
            artifact.Attested,
            artifact.attested_sections,
        ),
        JsonVariant(
            JsonSignature(keys={"predicate.scanner.result.SchemaVersion", "predicateType"}, root="object"),
            artifact.Statement,
            artifact.statement_sections,
        ),
        JsonVariant(
            JsonSignature(
                keys={"[].Target"}, any_of=({"[].Vulnerabilities", "[].Misconfigurations", "[].Type"},), root="array"
            ),
            legacy.Report,
            legacy.sections,
        ),
        JsonVariant(
            JsonSignature(
                keys={"ID", "Title"},
                any_of=(
                    {"Results[].Name", "SummaryControls[].Name"},
                    {"Results[].Severity", "SummaryControls[].Severity"},
                ),
                root="object",
            ),
            compliance.Report,
            compliance.sections,
        ),
    ),
    produce="trivy image --format json -o trivy.json registry.example/shop:1 (also fs, repo, k8s, config)",
    sources=(
        "https://github.com/aquasecurity/trivy/tree/main/pkg/types",
        "https://trivy.dev/latest/docs/configuration/reporting/",
    ),
)
