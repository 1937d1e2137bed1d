"""ReversingLabs Spectra Assure (``rl-secure report rl-json``): a file, the components in it, dependencies and vulnerabilities.

Components name the ids of their vulnerabilities, and dependencies by number; what is known of a vulnerability stands apart. A
finding is one vulnerability in one component, or in one dependency of it. What was triaged is put aside.
"""

from collections.abc import Iterator
from typing import Any

import msgspec

from scanner import assets
from scanner.errors import RecordError
from scanner.families.scanned import failed, scanned
from scanner.format import Format, Section
from scanner.model import AssetType, Dismissed, Finding, Package
from scanner.normalize.details import details
from scanner.normalize.dismissal import Dismissal
from scanner.normalize.identifiers import reference_ids
from scanner.normalize.packages import upgrade
from scanner.normalize.severity import rating
from scanner.normalize.text import first
from scanner.shapes.json import JsonSignature, JsonVariant


class Known(msgspec.Struct):
    active: list[Any] | None = None
    triaged: list[Any] | None = None


class Identity(msgspec.Struct):
    product: str | None = None
    version: str | None = None
    publisher: str | None = None
    purl: str | None = None
    cpe: str | None = None
    dependencies: list[str] | None = None
    vulnerabilities: Known | None = None


class Component(msgspec.Struct):
    name: str | None = None
    path: str | None = None
    hashes: list[list[str]] | None = None
    identity: Identity | None = None


class Cvss(msgspec.Struct, rename="camel"):
    base_score: float | None = None
    metrics: list[list[str]] | None = None
    version: float | None = None


class Vulnerability(msgspec.Struct):
    name: str | None = None
    cvss: Cvss | None = None
    exploit: list[str] | None = None
    sources: list[str] | None = None


class Info(msgspec.Struct):
    file: Component | None = None


class Metadata(msgspec.Struct):
    components: dict[str, Component] | None = None
    dependencies: dict[str, Identity] | None = None
    vulnerabilities: dict[str, Vulnerability] | None = None


class Body(msgspec.Struct):
    info: Info | None = None
    metadata: Metadata | None = None


class Report(msgspec.Struct):
    report: Body | None = None


class Found(msgspec.Struct):
    id: Any
    component: Component
    package: Identity
    """The component's own, or that of a dependency."""
    is_dependency: bool
    is_triaged: bool
    known: Vulnerability


def sections(report: Report) -> Iterator[Section]:
    body = report.report or Body()
    if body.metadata is None or body.metadata.components is None:
        yield failed("the report has no components, of which one is the file itself", "report.metadata.components")
        return
    file = (body.info and body.info.file) or Component()
    asset = assets.build(first(file.name, "reversinglabs_spectraassure"), origin="Spectra Assure")
    yield scanned(asset)
    yield Section(list(_found(body.metadata)), finding, asset=asset, place="report.metadata.components")


def _found(metadata: Metadata) -> Iterator[Found]:
    known = metadata.vulnerabilities or {}
    for component in (metadata.components or {}).values():
        identity = component.identity or Identity()
        packages = [(identity, False)]
        packages += [((metadata.dependencies or {}).get(each, Identity()), True) for each in identity.dependencies or ()]
        for package, is_dependency in packages:
            said = package.vulnerabilities or Known()
            for ids, is_triaged in ((said.active, False), (said.triaged, True)):
                for id_ in ids or ():
                    yield Found(id_, component, package, is_dependency, is_triaged, known.get(str(id_)) or Vulnerability())


def finding(found: Found, _: None) -> Finding | Dismissed:
    if not isinstance(found.id, str):
        raise RecordError("the id of a vulnerability is no text")
    package, component, known = found.package, found.component, found.known
    name = first(package.product, component.name)
    version = "" if package.version == "Generic" else package.version or ""
    file = first(component.path, component.name)
    cvss = known.cvss or Cvss()
    made = Finding(
        name=found.id,
        severity=rating(None, cvss.base_score),
        description=first(known.name, f"{name} {version} in {file} has the vulnerability {found.id}."),
        remedy=upgrade(name, version, []),
        location=" ".join(filter(None, (f"{name}@{version}" if version else name, file if file != name else ""))),
        reference_ids=reference_ids((found.id,)),
        packages=[Package(name, version, package.cpe or "")] if name else [],
        details=details(
            file=file,
            dependency=found.is_dependency or None,
            publisher=package.publisher,
            purl=package.purl,
            sha256=next((value for kind, value in component.hashes or () if kind == "sha256"), None),
            cvss=cvss.base_score,
            cvss_metrics=[": ".join(metric) for metric in cvss.metrics or ()],
            exploit=known.exploit,
            sources=known.sources,
        ),
    )
    return Dismissed(made, Dismissal.SUPPRESSED, "triaged") if found.is_triaged else made


FORMAT = Format(
    slug="reversinglabs_spectraassure",
    scanner="ReversingLabs Spectra Assure",
    asset_type=AssetType.BUILD,
    names=("ReversingLabs Spectra Assure",),
    aliases=("reversinglabs", "spectra_assure"),
    produce="rl-secure report rl-json <package url>; or Portal → Report → Export → RL JSON",
    sources=("https://docs.secure.software/concepts/analysis-reports", "https://docs.secure.software/cli/commands/report"),
    variants=(
        JsonVariant(JsonSignature(keys={"report.metadata", "report.info.file", "catalogue"}, root="object"), Report, sections),
        JsonVariant(JsonSignature(keys={"report.metadata.assessments", "report.info"}, root="object"), Report, sections),
    ),
)
