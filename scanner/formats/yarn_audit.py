"""Yarn's audit. Version 1 (``yarn audit --json``) writes messages, an advisory once for each way to it; versions 2 and 3
(``yarn npm audit --json``) npm's report; version 4 a tree, one package per line, with deprecated ones among them.
"""

from collections.abc import Iterator

import msgspec

from scanner import assets
from scanner.families.npm_advisories import Advisory, Report, finding, sections
from scanner.families.scanned import failed, scanned
from scanner.format import Format, Section
from scanner.model import AssetType, Finding, Located, Package
from scanner.normalize.details import details
from scanner.normalize.identifiers import advisory_ids
from scanner.normalize.severity import rating
from scanner.normalize.text import first
from scanner.shapes.json import JsonSignature, JsonVariant
from scanner.shapes.lines import JsonLinesVariant

_ASSET = assets.build("yarn.lock")


class Message(msgspec.Struct):
    """Of version 1."""

    type: str
    data: msgspec.Raw = msgspec.Raw()


class Found(msgspec.Struct):
    advisory: Advisory


class Issue(msgspec.Struct, gc=False):
    """Of version 4; its keys are titles."""

    id: int | str | None = msgspec.field(name="ID", default=None)
    issue: str | None = msgspec.field(name="Issue", default=None)
    url: str | None = msgspec.field(name="URL", default=None)
    severity: str | None = msgspec.field(name="Severity", default=None)
    vulnerable: str | None = msgspec.field(name="Vulnerable Versions", default=None)
    installed: list[str] = msgspec.field(name="Tree Versions", default=[])
    dependents: list[str] = msgspec.field(name="Dependents", default=[])


class Node(msgspec.Struct):
    value: str
    children: Issue


def messages(message: Message) -> Iterator[Section]:
    """Of each document in the file. Without a summary, or an advisory, nothing says that the registry was asked."""
    match message.type:
        case "auditAdvisory":
            yield Section([message.data], advisory, Found, asset=_ASSET, place="auditAdvisory")
        case "error":
            yield failed(bytes(message.data).decode(), "error")
        case "auditSummary":
            yield scanned(_ASSET)


def introduction(_: Message) -> Iterator[Section]:
    """Of a document that is alone: no summary has followed."""
    yield failed("there is no summary: the registry has not answered", "info")


def advisory(found: Found, _: None) -> Finding:
    return finding(found.advisory, None)


def of_node(node: Node, _: None) -> Located:
    issue, package = node.children, node.value
    installed = [version for version in issue.installed if version]
    ids = advisory_ids(issue.url)
    return Located(
        _ASSET,
        Finding(
            name=first(*ids, issue.issue, f"Issue of {package}"),
            severity=rating(issue.severity),
            description=first(issue.issue, f"{package} has a known vulnerability."),
            remedy=_remedy(package, issue),
            location=f"{package}@{','.join(installed)}" if installed else package,
            reference_ids=ids,
            packages=[Package(package, version) for version in installed or [""]],
            details=details(
                title=issue.issue,
                advisory=issue.id,
                vulnerable=issue.vulnerable,
                dependents=issue.dependents,
                references=[issue.url] if issue.url else None,
            ),
        ),
    )


def _remedy(package: str, issue: Issue) -> str:
    if str(issue.id).endswith("(deprecation)"):
        return f"Replace {package}: its maintainers have deprecated this version."
    return f"Upgrade {package} to a version outside of {issue.vulnerable}." if issue.vulnerable else ""


FORMAT = Format(
    slug="yarn_audit",
    scanner="Yarn audit",
    asset_type=AssetType.BUILD,
    names=("Yarn Audit Scan",),
    aliases=("yarn", "yarn_npm_audit"),
    produce="yarn audit --json (version 1), yarn npm audit --all --recursive --json (later)",
    sources=(
        "https://github.com/yarnpkg/yarn/blob/master/src/reporters/json-reporter.js",
        "https://github.com/yarnpkg/berry/blob/master/packages/plugin-npm-cli/sources/commands/npm/audit.ts",
    ),
    variants=(
        JsonLinesVariant(
            JsonSignature(keys={"value", "children.ID", "children.Issue"}, lines=True),
            Node,
            of_node,
            empty=True,
        ),
        JsonVariant(JsonSignature(keys={"type", "data"}, root="object"), Message, messages),
        JsonVariant(
            JsonSignature(keys={"type", "data"}, values={"type": "info"}, root="object"), Message, introduction
        ),  # alone; among others it scores as the one above
        JsonVariant(JsonSignature(keys={"advisories"}, root="object"), Report, sections(_ASSET)),
    ),
)
