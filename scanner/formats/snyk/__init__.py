"""Snyk reports: ``snyk test|container test|iac test --json`` (one project or an array of several) and Snyk Code's SARIF."""

from scanner.families.sarif.model import Log
from scanner.families.sarif.runs import sections as sarif_sections
from scanner.format import Format
from scanner.formats.snyk import project
from scanner.model import AssetType
from scanner.shapes.json import JsonSignature, JsonVariant

_PROJECT = {"dependencyCount", "licensesPolicy", "packageManager"}
_ISSUE = {"vulnerabilities[].from", "vulnerabilities[].packageManager"}

FORMAT = Format(
    slug="snyk",
    scanner="Snyk",
    asset_type=AssetType.REPOSITORY,
    names=("Snyk Scan",),
    variants=(
        JsonVariant(
            JsonSignature(keys={"vulnerabilities"}, any_of=(_PROJECT | _ISSUE, {"ok", *_ISSUE}), root="object"),
            project.Project,
            project.one_project,
        ),
        JsonVariant(
            JsonSignature(
                keys={"[].vulnerabilities"},
                any_of=({f"[].{path}" for path in _PROJECT | _ISSUE}, {"[].ok", *(f"[].{path}" for path in _ISSUE)}),
                root="array",
            ),
            list[project.Project],
            project.several_projects,
        ),
        JsonVariant(
            JsonSignature(keys={"infrastructureAsCodeIssues"}, any_of=({"ok", "projectName", "path"},), root="object"),
            project.Project,
            project.one_project,
        ),
        JsonVariant(
            JsonSignature(
                keys={"[].infrastructureAsCodeIssues"}, any_of=({"[].ok", "[].projectName", "[].path"},), root="array"
            ),
            list[project.Project],
            project.several_projects,
        ),
        JsonVariant(JsonSignature(keys={"ok", "error", "path"}, root="object"), project.Project, project.one_project),
        JsonVariant(
            JsonSignature(keys={"[].ok", "[].error", "[].path"}, root="array"), list[project.Project], project.several_projects
        ),
        JsonVariant(
            JsonSignature(keys={"runs", "version"}, values={"runs[].tool.driver.name": "snyk"}, root="object"),
            Log,
            sarif_sections,
        ),
    ),
    produce="snyk test --json > snyk.json (also container test, code test, iac test)",
    sources=("https://docs.snyk.io/developer-tools/snyk-cli",),
)
