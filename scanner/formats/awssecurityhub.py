"""AWS Security Finding Format (ASFF): Security Hub, Inspector, GuardDuty, Macie, Prowler and whatever else sends to it.

The answers of its API (``Findings``), what EventBridge passes on (``detail.findings``), and bare lists.
"""

from collections.abc import Iterator

import msgspec

from scanner import assets
from scanner.errors import RecordError
from scanner.families.records import Record, at, number, objects, rest, text, texts, told
from scanner.families.scanned import failed
from scanner.format import Format, Section
from scanner.model import Asset, AssetType, Dismissed, Finding, Located, Package
from scanner.normalize.dates import date
from scanner.normalize.dismissal import Dismissal, dismissal
from scanner.normalize.identifiers import advisory_ids, cwes
from scanner.normalize.packages import upgrade, versions
from scanner.normalize.severity import (
    CRITICAL,
    HIGH,
    INFO,
    LOW,
    MEDIUM,
    UNRATED,
    by_score,
    cvss_score,
    first_rated,
    severity,
)
from scanner.normalize.text import first, joined
from scanner.shapes.json import JsonSignature, JsonVariant
from scanner.shapes.lines import JsonLinesVariant

_NOT_CHECKED = frozenset(("NOT_AVAILABLE", "INFOED"))
"""The latter is Prowler's, for what it could only inform of."""
_NO_FIX = frozenset(("", "notavailable", "none"))
_NO_ADVICE = frozenset(("none provided", "none"))
_READ = (
    *("Title", "Description", "Severity", "Resources", "Vulnerabilities", "Remediation", "AwsAccountId", "Region"),
    *("Compliance.Status", "RecordState", "Workflow", "WorkflowState", "SchemaVersion", "LastObservedAt", "UpdatedAt"),
    *("FindingProviderFields", "ProcessedAt", "CreatedAt", "FirstObservedAt"),
)


class Report(msgspec.Struct):
    """Its API writes ``Findings``, its command line in some versions ``findings``."""

    upper: list[msgspec.Raw] | None = msgspec.field(name="Findings", default=None)
    lower: list[msgspec.Raw] | None = msgspec.field(name="findings", default=None)


class Event(msgspec.Struct):
    detail: Report


def sections(report: Report) -> Iterator[Section]:
    listed = report.upper if report.upper is not None else report.lower
    if listed is None:
        yield failed("it has no list of findings", "Findings")
        return
    yield Section(listed, located, dict, place="Findings")


def event_sections(event: Event) -> Iterator[Section]:
    return sections(event.detail)


def located(record: Record, _: None) -> Located | None:
    """On the first of its resources; nothing for a control that passed."""
    compliance = text(record, "Compliance.Status").upper()
    if compliance == "PASSED":
        return None
    title = text(record, "Title")
    if not title:
        raise RecordError("it has no Title")
    resource = next(iter(objects(record, "Resources")), {})
    finding = _finding(record, title, resource)
    reason, note = _put_aside(record, compliance)
    return Located(_asset(record, resource), Dismissed(finding, reason, note) if reason else finding)


def _put_aside(record: Record, compliance: str) -> tuple[Dismissal | None, str]:
    workflow = text(record, "Workflow.Status", "WorkflowState")
    if (reason := dismissal(workflow)) is not None:
        return reason, f"workflow {workflow}"
    state = text(at(record, "ProductFields"), "aws/inspector/FindingStatus")
    if (reason := dismissal(state)) is not None:
        return reason, f"Inspector {state}"
    if text(record, "RecordState").upper() == "ARCHIVED":
        return Dismissal.SUPPRESSED, "record state ARCHIVED"
    return (Dismissal.NOT_CHECKED, f"compliance {compliance}") if compliance in _NOT_CHECKED else (None, "")


def _finding(record: Record, title: str, resource: Record) -> Finding:
    vulnerabilities = objects(record, "Vulnerabilities")
    ids = [id_ for each in vulnerabilities for id_ in (text(each, "Id"), *texts(each, "RelatedVulnerabilities"))]
    fields = at(record, "ProductFields")
    packages = _packages(vulnerabilities)
    advice = joined(text(record, "Remediation.Recommendation.Text"), text(record, "Remediation.Recommendation.Url"))
    if advice.casefold() in _NO_ADVICE:
        advice = ""
    upgrades = joined(*(upgrade(p.name, p.version, p.fix_versions) for p in packages if p.fix_versions), separator="\n")
    commands = joined(*(text(p, "Remediation") for p in _vulnerable(vulnerabilities)), separator="\n")
    return Finding(
        name=title,
        description=text(record, "Description"),
        remedy=joined(upgrades, commands, advice),
        severity=_severity(record, vulnerabilities),
        location=_location(record, resource, packages),
        reference_ids=advisory_ids(title, *ids),
        cwes=cwes([*(weakness for each in vulnerabilities for weakness in texts(each, "Cwes")), *texts(record, "Types")]),
        published_date_time=date(next((text(each, "Vendor.VendorCreatedAt") for each in vulnerabilities), "")),
        packages=packages,
        details=told(
            *(
                rest(each, "Id", "VulnerablePackages", "Cvss", "ReferenceUrls", "RelatedVulnerabilities", under="vulnerability")
                for each in vulnerabilities[:1]
            ),
            rest(resource, "Id", "Type", under="resource"),
            rest(record, *_READ, "ProductFields"),
            rest(fields) if fields else {},
            first_seen=date(text(record, "FirstObservedAt", "CreatedAt")),
            resource=text(resource, "Id"),
            resource_type=text(resource, "Type"),
            other_resources=[text(each, "Id") for each in objects(record, "Resources")[1:]],
            compliance_status=text(record, "Compliance.Status"),
            references=[
                url for each in vulnerabilities for url in (text(each, "Vendor.Url"), *texts(each, "ReferenceUrls")) if url
            ],
            vectors=[
                vector for each in vulnerabilities for cvss in objects(each, "Cvss") if (vector := text(cvss, "BaseVector"))
            ],
        ),
    )


def _severity(record: Record, vulnerabilities: list[Record]) -> float:
    label = text(record, "Severity.Label", "FindingProviderFields.Severity.Label")
    scores = [score for each in vulnerabilities for score in _scores(each)]
    return first_rated(severity(label), _banded(number(record, "Severity.Normalized")), *map(by_score, scores))


def _banded(normalized: float | None) -> float:
    """As Security Hub makes a label of it."""
    if normalized is None or not 0 <= normalized <= 100:
        return UNRATED
    bands = ((90, CRITICAL), (70, HIGH), (40, MEDIUM), (1, LOW), (0, INFO))
    return next(level for least, level in bands if normalized >= least)


def _scores(vulnerability: Record) -> list[float | None]:
    newest = sorted(objects(vulnerability, "Cvss"), key=lambda cvss: text(cvss, "Version"), reverse=True)
    return [score for cvss in newest for score in (number(cvss, "BaseScore"), cvss_score(text(cvss, "BaseVector")))]


def _vulnerable(vulnerabilities: list[Record]) -> list[Record]:
    return [package for each in vulnerabilities for package in objects(each, "VulnerablePackages")]


def _packages(vulnerabilities: list[Record]) -> list[Package]:
    packages = []
    for package in _vulnerable(vulnerabilities):
        fixed = text(package, "FixedInVersion")
        if name := text(package, "Name"):
            version = "-".join(filter(None, (text(package, "Version"), text(package, "Release"))))
            packages.append(Package(name, version, "", versions(fixed) if fixed.casefold() not in _NO_FIX else []))
    return packages


def _location(record: Record, resource: Record, packages: list[Package]) -> str:
    """The packages on a host or image; else the resource, with the control, as two standards may have one title for theirs."""
    if packages:
        files = [text(each, "FilePath") for each in _vulnerable(objects(record, "Vulnerabilities"))]
        found = [f"{package.name}@{package.version}" if package.version else package.name for package in packages]
        return ", ".join(dict.fromkeys(" in ".join(filter(None, pair)) for pair in zip(found, files, strict=False)))
    where = first(text(resource, "Id"), text(record, "AwsAccountId"))
    generator = text(record, "GeneratorId")
    return f"{where} ({generator})" if generator and at(record, "Compliance") else where


def _asset(record: Record, resource: Record) -> Asset:
    account = first(text(record, "AwsAccountId"), "unknown")
    region = first(text(resource, "Region"), text(record, "Region"), text(record, "ProductFields.aws/securityhub/Region"))
    if text(resource, "Type") == "AwsEcrContainerImage" and (image := _image(resource, account, region)):
        return image
    details_ = at(resource, "Details.AwsEc2Instance")
    return assets.cloud(
        provider="AWS",
        account=account,
        region=region,
        resource=text(resource, "Id"),
        account_name=text(record, "AwsAccountName"),
        vpc=text(details_, "VpcId"),
        subnet=text(details_, "SubnetId"),
    )


def _image(resource: Record, account: str, region: str) -> Asset | None:
    """An image by its first tag: its digest is another after each build."""
    said = at(resource, "Details.AwsEcrContainerImage")
    head, _, digest = text(resource, "Id").partition("/sha256:")
    name = first(text(said, "RepositoryName"), head.partition(":repository/")[2])
    if not name:
        return None
    registry = f"{first(text(said, 'RegistryId'), account)}.dkr.ecr.{region}.amazonaws.com"
    tag, digest = next(iter(texts(said, "ImageTags")), ""), first(text(said, "ImageDigest"), digest and f"sha256:{digest}")
    reference = f"{name}:{tag}" if tag else f"{name}@{digest}" if digest else name
    return assets.container(f"{registry}/{reference}", repository=f"{registry}/{name}", digest=digest)


FORMAT = Format(
    slug="awssecurityhub",
    scanner="AWS Security Hub",
    asset_type=AssetType.CLOUD,
    names=("AWS Security Hub Scan", "AWS Security Finding Format (ASFF) Scan"),
    produce="aws securityhub get-findings > findings.json",
    sources=("https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-findings-format-syntax.html",),
    aliases=("asff", "aws_security_hub", "security_hub", "guardduty", "amazon_guardduty"),
    variants=(
        JsonVariant(
            JsonSignature(keys={"Findings[].ProductArn", "Findings[].Resources"}, any_of=({"Findings[].AwsAccountId"},)),
            Report,
            sections,
        ),
        JsonVariant(
            JsonSignature(keys={"findings[].ProductArn", "findings[].Resources"}, any_of=({"findings[].AwsAccountId"},)),
            Report,
            sections,
        ),
        JsonVariant(JsonSignature(keys={"detail.findings[].ProductArn", "detail.findings[].Resources"}), Event, event_sections),
        JsonLinesVariant(
            JsonSignature(keys={"ProductArn", "AwsAccountId", "Resources", "Title"}, lines=True), dict, located, empty=True
        ),
    ),
)
