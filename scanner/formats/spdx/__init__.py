"""SPDX: bills of materials 2.1 to 2.3 as JSON, YAML and tag-value, and 3.0 as JSON-LD, with what they say of security."""

from scanner.format import Format
from scanner.formats.spdx import graph, packages, tag_value
from scanner.model import AssetType
from scanner.shapes.facts import Kind
from scanner.shapes.json import JsonSignature, JsonVariant
from scanner.shapes.whole import TextSignature, WholeVariant
from scanner.shapes.yaml import YamlSignature, YamlVariant

FORMAT = Format(
    slug="spdx",
    scanner="SPDX",
    asset_type=AssetType.BUILD,
    names=("SPDX Scan",),
    aliases=("spdx_json", "spdx_sbom"),
    produce="trivy image --format spdx-json …, syft … -o spdx-json",
    sources=("https://spdx.github.io/spdx-spec/v2.3/", "https://spdx.github.io/spdx-spec/v3.0.1/"),
    variants=(
        JsonVariant(JsonSignature(keys={"spdxVersion", "SPDXID"}, root="object"), packages.Document, packages.sections),
        JsonVariant(
            JsonSignature(keys={"@graph"}, values={"@context": "https://spdx.org/rdf/"}), graph.Document, graph.sections
        ),
        YamlVariant(YamlSignature({"spdxVersion", "SPDXID"}), packages.Document, packages.sections),
        WholeVariant(TextSignature(Kind.TEXT, text=("SPDXVersion: SPDX-", "SPDXID: ")), tag_value.document_findings),
    ),
)
