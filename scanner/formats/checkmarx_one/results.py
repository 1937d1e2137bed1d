"""``cx results show --report-format json``: results of all engines in one list."""

from collections.abc import Iterator
from typing import Any

import msgspec

from scanner.assets import container, repository
from scanner.errors import RecordError
from scanner.families.records import Record, at, number, objects, text, texts
from scanner.families.scanned import failed, scanned
from scanner.families.secrets import CLEAR, ROTATE
from scanner.format import Section
from scanner.formats.checkmarx_one.places import ID_CHARACTERS, LEVELS, SHOWN_STEPS, file_line, judged, step
from scanner.model import Dismissed, Finding, Located, Package
from scanner.normalize.dates import date
from scanner.normalize.details import details, excerpt
from scanner.normalize.identifiers import advisory_ids, cwes
from scanner.normalize.packages import upgrade
from scanner.normalize.severity import rating
from scanner.normalize.text import first, joined, plain


class Results(msgspec.Struct):
    results: list[msgspec.Raw] | None = None


def result_sections(report: Results) -> Iterator[Section]:
    asset = repository("checkmarx_one", origin="checkmarx_one")
    if report.results is None:
        yield failed("it has no results", "results")
        return
    yield scanned(asset)
    yield Section(report.results, result_finding, dict[str, Any], asset, place="results")


def result_finding(record: Record, _: None) -> Finding | Dismissed | Located:
    """A result of all engines, or one of SAST's own interface, which has no ``data`` around what is found."""
    data = at(record, "data") or record
    kind = text(record, "type")
    package, version = _package(data)
    name = _name(record, kind)
    if not name:
        raise RecordError("nothing in it says what was found")
    nodes = objects(data, "nodes")
    fixed = texts(data, "recommendedVersion") or texts(data, "recommendations")
    is_secret = "secret" in kind
    finding = Finding(
        name=name,
        severity=rating(text(record, "severity"), number(record, "vulnerabilityDetails.cvssScore"), scale=LEVELS),
        location=_where(record, data, nodes, package, version),
        description=first(
            text(record, "description"), text(data, "ruleDescription", "description"), plain(text(record, "descriptionHTML"))
        ),
        remedy=_remedy(data, package, version, fixed, is_secret=is_secret),
        reference_ids=advisory_ids(text(record, "vulnerabilityDetails.cveName"), text(record, "cveId"), text(record, "id")),
        cwes=cwes([text(record, "vulnerabilityDetails.cweId", "cweID", "cweId")]) or ([CLEAR] if is_secret else []),
        published_date_time=date(text(record, "firstFoundAt", "firstFoundAt.seconds", "created", "created.seconds")),
        packages=[Package(package, version, fix_versions=fixed)] if package else [],
        details=details(
            engine=first(text(record, "label"), kind),
            id=text(record, "id"),
            similarity_id=text(record, "similarityId", "similarityID"),
            status=text(record, "status"),
            state=text(record, "state"),
            query=text(data, "queryName", "ruleName"),
            query_id=text(data, "queryId"),
            group=text(data, "group"),
            language=text(data, "languageName", "platform"),
            issue_type=text(data, "issueType"),
            expected=text(data, "expectedValue"),
            actual=text(data, "value"),
            cvss_score=number(record, "vulnerabilityDetails.cvssScore"),
            compliance=texts(record, "vulnerabilityDetails.compliances") or texts(record, "compliances"),
            flow=[step(node, "name") for node in nodes[:SHOWN_STEPS]],
            files=texts(data, "scaPackageData.locations"),
            dependency=text(data, "scaPackageData.typeOfDependency"),
            image=_image(data),
            image_file=text(data, "imageFilePath"),
            comments=text(record, "comments.comments"),
            validity=text(data, "validity"),
            references=[
                *texts(data, "scaPackageData.fixLink"),
                *(text(each, "url") for each in objects(data, "packageData")),
                *texts(data, "commitUrl"),
            ],
        ),
    )
    found = judged(finding, record)
    image = _image(data)
    return Located(container(image, origin="checkmarx_one"), found) if image and package else found


def _image(data: Record) -> str:
    return joined(text(data, "imageName"), text(data, "imageTag"), separator=":")


def _name(record: Record, kind: str) -> str:
    if kind.startswith(("sca", "container")):
        return text(record, "vulnerabilityDetails.cveName", "cveId", "id")
    return text(record, "data.queryName", "data.ruleName", "queryName", "vulnerabilityDetails.cveName", "id")


def _package(data: Record) -> tuple[str, str]:
    """``Maven-org.acme:core-1.2`` is the manager, the name and the version."""
    name = text(data, "packageName")
    if name:
        return name, text(data, "packageVersion")
    whole = text(data, "packageIdentifier", "scaPackageData.id").partition("-")[2]
    parts = whole.split("-")
    at_version = next((number for number, part in enumerate(parts) if number and part[:1].isdigit()), len(parts))
    return "-".join(parts[:at_version]), "-".join(parts[at_version:])


def _where(record: Record, data: Record, nodes: list[Record], package: str, version: str) -> str:
    if package:
        return f"{package}@{version}" if version else package
    similarity = text(record, "similarityId", "similarityID")[:ID_CHARACTERS]
    place = step(nodes[0]) if nodes else file_line(text(data, "filename", "fileName"), text(data, "line"))
    return joined(place, "" if nodes else _value_of(data), f"[{similarity}]" if similarity else "", separator=" ")


def _value_of(data: Record) -> str:
    """What tells queries of one line apart."""
    said = text(data, "value", "issueName")
    return f"({excerpt(said, 120)})" if said else ""


def _remedy(data: Record, package: str, version: str, fixed: list[str], *, is_secret: bool) -> str:
    if package:
        return upgrade(package, version, fixed)
    said = text(data, "remediation", "remediationAdditional")
    expected = text(data, "expectedValue")
    return first(said, text(data, "remediationLink"), f"Expected: {expected}" if expected else "", ROTATE if is_secret else "")
