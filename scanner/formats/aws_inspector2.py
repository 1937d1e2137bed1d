"""Amazon Inspector: findings of its own API (``aws inspector2 list-findings``): packages, code, reachable ports."""

from collections.abc import Iterator

import msgspec

from scanner import assets
from scanner.errors import RecordError
from scanner.families.checkouts import below_checkout
from scanner.families.records import Record, at, number, objects, rest, text, texts, told
from scanner.families.scanned import failed
from scanner.format import Format, Section
from scanner.model import Asset, AssetType, Dismissed, Finding, Located, Package
from scanner.normalize.dates import date
from scanner.normalize.dismissal import dismissal
from scanner.normalize.identifiers import advisory_ids, cwes
from scanner.normalize.packages import upgrade, versions
from scanner.normalize.severity import cvss_score, rating
from scanner.normalize.text import first, joined
from scanner.shapes.json import JsonSignature, JsonVariant

_NO_ADVICE = "none provided"
_NO_FIX = frozenset(("", "notavailable"))
_READ = (
    *("title", "description", "severity", "resources", "packageVulnerabilityDetails", "codeVulnerabilityDetails", "status"),
    *("networkReachabilityDetails", "remediation", "awsAccountId", "updatedAt", "lastObservedAt", "firstObservedAt", "cwes"),
)


class Report(msgspec.Struct):
    findings: list[msgspec.Raw] | None = None


def sections(report: Report) -> Iterator[Section]:
    if report.findings is None:
        yield failed("it has no findings", "findings")
        return
    yield Section(report.findings, located, dict, place="findings")


def located(record: Record, _: None) -> Located:
    title = text(record, "title")
    if not title:
        raise RecordError("it has no title")
    resource = next(iter(objects(record, "resources")), {})
    finding = _finding(record, title, resource)
    status = text(record, "status")
    reason = dismissal(status)
    return Located(_asset(record, resource), Dismissed(finding, reason, f"status {status}") if reason else finding)


def _finding(record: Record, title: str, resource: Record) -> Finding:
    known: Record = at(record, "packageVulnerabilityDetails") or {}
    code: Record = at(record, "codeVulnerabilityDetails") or {}
    network: Record = at(record, "networkReachabilityDetails") or {}
    packages = _packages(known)
    advice = joined(
        text(record, "remediation.recommendation.text"),
        text(record, "remediation.recommendation.Url", "remediation.recommendation.url"),
    )
    if advice.casefold() == _NO_ADVICE:
        advice = ""
    commands = [text(each, "remediation") for each in objects(known, "vulnerablePackages")]
    cvss = sorted(objects(known, "cvss"), key=lambda each: text(each, "version"), reverse=True)
    scores = [score for each in cvss for score in (number(each, "baseScore"), cvss_score(text(each, "scoringVector")))]
    return Finding(
        name=title,
        description=text(record, "description"),
        remedy=joined(
            *(upgrade(each.name, each.version, each.fix_versions) for each in packages if each.fix_versions), *commands, advice
        ),
        severity=rating(text(record, "severity"), number(record, "inspectorScore"), *scores),
        location=_location(resource, known, code, network, packages),
        reference_ids=advisory_ids(text(known, "vulnerabilityId"), *texts(known, "relatedVulnerabilities"), title),
        cwes=cwes([*texts(record, "cwes"), *texts(code, "cwes"), *texts(known, "cwes")]),
        published_date_time=date(text(known, "vendorCreatedAt")),
        packages=packages,
        details=told(
            rest(known, "vulnerablePackages", "cvss", "referenceUrls", "sourceUrl", "vulnerabilityId", under="vulnerability"),
            rest(code, "referenceUrls", "cwes", under="code"),
            rest(network, under="network"),
            rest(resource, "id", "type", under="resource"),
            rest(record, *_READ),
            first_seen=date(text(record, "firstObservedAt")),
            resource=text(resource, "id"),
            resource_type=text(resource, "type"),
            vectors=[vector for each in cvss if (vector := text(each, "scoringVector"))],
            references=list(
                dict.fromkeys(
                    filter(None, (text(known, "sourceUrl"), *texts(known, "referenceUrls"), *texts(code, "referenceUrls")))
                )
            ),
            files=[path for each in objects(known, "vulnerablePackages") if (path := text(each, "filePath"))],
        ),
    )


def _packages(known: Record) -> list[Package]:
    made = []
    for each in objects(known, "vulnerablePackages"):
        fixed = text(each, "fixedInVersion")
        version = "-".join(filter(None, (text(each, "version"), text(each, "release"))))
        if name := text(each, "name"):
            made.append(Package(name, version, "", versions(fixed) if fixed.casefold() not in _NO_FIX else []))
    return made


def _location(resource: Record, known: Record, code: Record, network: Record, packages: list[Package]) -> str:
    if packages:
        paths = [text(each, "filePath") for each in objects(known, "vulnerablePackages")]
        found = [f"{each.name}@{each.version}" if each.version else each.name for each in packages]
        return ", ".join(dict.fromkeys(" in ".join(filter(None, pair)) for pair in zip(found, paths, strict=False)))
    if code:
        file = below_checkout(text(code, "filePath.filePath", "filePath.fileName"))
        return ":".join(filter(None, (file, text(code, "filePath.startLine"))))
    ports = "-".join(dict.fromkeys(filter(None, (text(network, "openPortRange.begin"), text(network, "openPortRange.end")))))
    if ports:
        return f"{ports}/{text(network, 'protocol').lower()}"
    return text(resource, "id")


def _asset(record: Record, resource: Record) -> Asset:
    account, region = first(text(record, "awsAccountId"), "unknown"), text(resource, "region")
    image = at(resource, "details.awsEcrContainerImage")
    if image and (name := text(image, "repositoryName")):
        registry = f"{first(text(image, 'registry'), account)}.dkr.ecr.{region}.amazonaws.com"
        digest, tag = text(image, "imageHash"), next(iter(texts(image, "imageTags")), "")
        reference = f"{name}:{tag}" if tag else f"{name}@{digest}" if digest else name
        return assets.container(f"{registry}/{reference}", repository=f"{registry}/{name}", digest=digest)
    host = at(resource, "details.awsEc2Instance")
    return assets.cloud(
        provider="AWS",
        account=account,
        region=first(region, "global"),
        resource=text(resource, "id"),
        vpc=text(host, "vpcId"),
        subnet=text(host, "subnetId"),
    )


FORMAT = Format(
    slug="aws_inspector2",
    scanner="Amazon Inspector",
    asset_type=AssetType.CLOUD,
    names=("AWS Inspector2 Scan",),
    aliases=("aws_inspector", "amazon_inspector", "inspector2"),
    produce="aws inspector2 list-findings > findings.json",
    sources=("https://docs.aws.amazon.com/inspector/v2/APIReference/API_Finding.html",),
    variants=(
        JsonVariant(JsonSignature(keys={"findings[].findingArn", "findings[].awsAccountId"}, root="object"), Report, sections),
    ),
)
