"""Findings in the Open Cybersecurity Schema Framework, 1.0 to 1.6, of any producer (Security Hub, Inspector, Wiz, Sysdig, …).

Security finding (2001), vulnerability finding (2002), compliance finding (2003), detection finding (2004), application security
posture finding (2007). What Prowler writes is read by its own format.
"""

from collections.abc import Iterator

import msgspec

from scanner import assets
from scanner.errors import RecordError
from scanner.families.checkouts import below_checkout
from scanner.families.images import image_asset
from scanner.families.records import Record, at, number, objects, rest, text, texts, told
from scanner.families.scanned import failed
from scanner.format import Format, Section
from scanner.model import Asset, AssetType, Dismissed, Finding, Located, Package
from scanner.normalize.dates import date
from scanner.normalize.dismissal import Dismissal, dismissal
from scanner.normalize.identifiers import advisory_ids, cwes
from scanner.normalize.packages import parse_purl, upgrade, versions
from scanner.normalize.severity import CRITICAL, HIGH, INFO, LOW, MEDIUM, cvss_score, rating
from scanner.normalize.text import first, joined
from scanner.shapes.json import JsonSignature, JsonVariant
from scanner.shapes.lines import JsonLinesVariant

_BY_ID = {"1": INFO, "2": LOW, "3": MEDIUM, "4": HIGH, "5": CRITICAL, "6": CRITICAL}
_STATUS_IDS = {"3": "suppressed", "4": "resolved", "5": "suppressed", "6": "resolved"}
"""Of findings: suppressed, resolved, archived, deleted."""
_CLOSED = "3"
_PASSED = frozenset(("pass", "passed", "success", "compliant"))
_NOT_CHECKED = frozenset(("manual", "not_available", "not applicable", "unknown"))
_PROVIDERS = {"aws": "AWS", "azure": "AZURE", "gcp": "GCP", "google": "GCP", "google cloud": "GCP", "microsoft azure": "AZURE"}
_READ = (
    *(
        "finding_info",
        "finding",
        "vulnerabilities",
        "resource",
        "resources",
        "remediation",
        "severity",
        "severity_id",
        "status_id",
    ),
    *("status", "status_code", "compliance.status", "compliance.status_id", "cloud", "device", "observables", "class_uid"),
    *(
        "category_uid",
        "type_uid",
        "activity_id",
        "time",
        "time_dt",
        "timezone_offset",
        "metadata.version",
        "metadata.logged_time",
    ),
    *(
        "metadata.logged_time_dt",
        "metadata.uid",
        "metadata.correlation_uid",
        "start_time",
        "end_time",
        "start_time_dt",
        "message",
    ),
    *("end_time_dt", "type_name", "category_name", "class_name", "activity_name", "metadata.processed_time_dt"),
)


class Report(msgspec.Struct):
    findings: list[msgspec.Raw] | None = msgspec.field(name="Findings", default=None)
    lower: list[msgspec.Raw] | None = msgspec.field(name="findings", default=None)


class Event(msgspec.Struct):
    detail: Report


def sections(report: Report) -> Iterator[Section]:
    listed = report.findings if report.findings is not None else report.lower
    yield Section(listed, findings, dict, place="Findings") if listed is not None else failed("it has no findings", "Findings")


def event_sections(event: Event) -> Iterator[Section]:
    return sections(event.detail)


def findings(record: Record, _: None) -> list[Located] | None:
    """One per vulnerability, else one; nothing for a check that passed."""
    checked = text(record, "compliance.status", "status_code").casefold()
    if checked in _PASSED or text(record, "compliance.status_id") == "1":
        return None
    info = at(record, "finding_info") or at(record, "finding") or {}
    vulnerabilities = objects(record, "vulnerabilities") or [{}]
    resource = next(iter([*objects(record, "resources"), *objects(record, "resource"), *_observed(record)]), {})
    asset = _asset(record, resource, vulnerabilities[0])
    reason, note = _put_aside(record, checked)
    made = [_finding(record, info, resource, each) for each in vulnerabilities]
    return [Located(asset, Dismissed(finding, reason, note) if reason else finding) for finding in made]


def _observed(record: Record) -> list[Record]:
    """The resource as the observables name it, where it is nowhere else."""
    names = {text(each, "name"): text(each, "value") for each in objects(record, "observables")}
    about = {name.rpartition(".")[2]: value for name, value in names.items() if name.startswith(("resource.", "resources"))}
    return [about] if about else []


def _put_aside(record: Record, checked: str) -> tuple[Dismissal | None, str]:
    status = _STATUS_IDS.get(text(record, "status_id"), text(record, "status", "state"))
    if (reason := dismissal(status)) is not None:
        return reason, f"status {first(text(record, 'status'), status)}"
    if text(record, "activity_id") == _CLOSED:
        return Dismissal.FIXED, "the finding was closed"
    return (Dismissal.NOT_CHECKED, f"status {checked}") if checked in _NOT_CHECKED else (None, "")


def _finding(record: Record, info: Record, resource: Record, weakness: Record) -> Finding:
    ids = [text(weakness, path) for path in ("cve.uid", "advisory.uid", "uid")]
    title = first(text(info, "title"), text(weakness, "title"), text(weakness, "cve.title"), *ids, text(record, "message"))
    if len(objects(record, "vulnerabilities")) > 1:
        title = first(*ids, text(weakness, "title"), title)
    if not title:
        raise RecordError("nothing in it says what was found")
    packages = _packages(weakness)
    cvss = sorted(objects(weakness, "cve.cvss"), key=lambda each: text(each, "version"), reverse=True)
    scores = [score for each in cvss for score in (number(each, "base_score"), cvss_score(text(each, "vector_string")))]
    advice = [
        *(text(each, "remediation.desc") for each in _affected(weakness)),
        text(weakness, "remediation.desc"),
        text(record, "remediation.desc"),
        text(info, "remediation.desc"),
    ]
    upgrades = [upgrade(each.name, each.version, each.fix_versions) for each in packages if each.fix_versions]
    word = first(text(record, "severity"), text(weakness, "severity"))
    return Finding(
        name=title,
        description=joined(
            text(record, "status_detail"),
            text(info, "desc"),
            text(weakness, "desc", "cve.desc"),
            text(record, "message"),
            text(record, "risk_details"),
        ),
        remedy=joined(*upgrades, *advice),
        severity=rating(text(record, "severity_id"), *scores, scale=_BY_ID)
        if text(record, "severity_id") in _BY_ID
        else rating(word, *scores),
        location=_location(resource, weakness, packages, record),
        reference_ids=advisory_ids(
            *ids, *(texts(weakness, "related_vulnerabilities")), text(info, "title") if not any(ids) else ""
        ),
        cwes=cwes(
            [text(weakness, path) for path in ("cwe.uid", "cve.cwe.uid", "cve.cwe_uid") if text(weakness, path)]
            + [text(each, "uid") for each in objects(weakness, "cve.related_cwes")]
        ),
        published_date_time=date(text(weakness, "cve.created_time_dt", "cve.created_time")),
        packages=packages,
        details=told(
            rest(info, "title", "desc", "uid", "types", "remediation", "src_url", under="finding"),
            rest(
                weakness,
                "cve.uid",
                "cve.cvss",
                "affected_packages",
                "packages",
                "references",
                "desc",
                "title",
                "remediation",
                under="vulnerability",
            ),
            rest(resource, "uid", "type", under="resource"),
            rest(record, *_READ, "status_detail", "risk_details"),
            finding_id=text(info, "uid"),
            types=texts(info, "types"),
            product=text(record, "metadata.product.name"),
            resource_type=text(resource, "type"),
            resource=text(resource, "uid"),
            vectors=[vector for each in cvss if (vector := text(each, "vector_string"))],
            references=list(
                dict.fromkeys(
                    [
                        *texts(weakness, "references"),
                        *texts(weakness, "cve.references"),
                        *texts(record, "remediation.references"),
                        *texts(info, "remediation.references"),
                        *([url] if (url := text(info, "src_url")) else []),
                    ]
                )
            ),
        ),
    )


def _affected(weakness: Record) -> list[Record]:
    return [*objects(weakness, "affected_packages"), *objects(weakness, "packages")]


def _packages(weakness: Record) -> list[Package]:
    made = []
    for each in _affected(weakness):
        purl = parse_purl(text(each, "purl")) or ("", "")
        if name := first(text(each, "name"), purl[0]):
            version = "-".join(filter(None, (text(each, "version") or purl[1], text(each, "release"))))
            fixed = versions(text(each, "fixed_in_version", "fix_version"))
            made.append(Package(name, version, text(each, "cpe_name"), fixed))
    return made


def _location(resource: Record, weakness: Record, packages: list[Package], record: Record) -> str:
    if packages:
        found = [f"{each.name}@{each.version}" if each.version else each.name for each in packages]
        paths = [text(each, "path") for each in _affected(weakness)]
        return ", ".join(dict.fromkeys(" in ".join(filter(None, pair)) for pair in zip(found, paths, strict=False)))
    for code in objects(weakness, "affected_code"):
        file = below_checkout(text(code, "file.path", "file.name"))
        return ":".join(filter(None, (file, text(code, "start_line"))))
    control = text(record, "compliance.control")
    where = first(text(resource, "uid"), text(resource, "name"), text(record, "device.hostname"), text(record, "device.uid"))
    return f"{where} ({control})" if control and where else first(where, control)


def _asset(record: Record, resource: Record, weakness: Record) -> Asset:
    kind, name = text(resource, "type").casefold(), first(text(resource, "uid"), text(resource, "name"))
    if "image" in kind and "arn:" not in name and name:
        return image_asset(first(text(resource, "name"), name))
    provider = _PROVIDERS.get(text(record, "cloud.provider").casefold())
    account = first(text(record, "cloud.account.uid"), text(record, "cloud.project_uid"), text(record, "cloud.account.name"))
    if provider and account:
        return assets.cloud(
            provider=provider,
            account=account,
            region=first(text(resource, "region"), text(record, "cloud.region"), "global"),
            resource=name,
            account_name=text(record, "cloud.account.name"),
        )
    host, ip = text(record, "device.hostname", "device.name"), text(record, "device.ip")
    if host or ip:
        return assets.infra(hostname=host, ip=ip if assets.is_ip(ip) else "", os=text(record, "device.os.name"))
    product = first(text(record, "metadata.product.name"), "ocsf")
    if objects(weakness, "affected_code"):
        return assets.repository(first(text(record, "application.name"), text(resource, "name"), product), origin=product)
    if any(word in kind for word in ("repositor", "code", "file")):
        return assets.repository(first(text(resource, "name"), name, product), origin=product)
    return assets.infra(hostname=first(text(resource, "name"), name, product))


_KINDS = ({"finding_info", "finding"}, {"metadata.version"})

FORMAT = Format(
    slug="ocsf",
    scanner="OCSF",
    asset_type=AssetType.CLOUD,
    names=("OCSF Findings",),
    aliases=("ocsf_finding", "open_cybersecurity_schema_framework"),
    is_exchanged=True,
    produce="events of a product in OCSF, one per line or in a list",
    sources=("https://schema.ocsf.io/1.6.0/classes/vulnerability_finding", "https://github.com/ocsf/ocsf-schema"),
    variants=(
        JsonLinesVariant(JsonSignature(keys={"class_uid"}, any_of=_KINDS, lines=True), dict, findings, empty=True),
        JsonVariant(JsonSignature(keys={"Findings[].class_uid", "Findings[].metadata"}), Report, sections),
        JsonVariant(JsonSignature(keys={"findings[].class_uid", "findings[].metadata"}), Report, sections),
        JsonVariant(JsonSignature(keys={"detail.findings[].class_uid", "detail.findings[].metadata"}), Event, event_sections),
    ),
)
