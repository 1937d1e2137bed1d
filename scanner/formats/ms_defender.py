"""Microsoft Defender for Endpoint: vulnerabilities of machines by its API, and archives of these beside the machines."""

from collections.abc import Iterator

import msgspec

from scanner import assets
from scanner.errors import RecordError
from scanner.families.records import Record, number, objects, rest, text, texts, told
from scanner.families.scanned import failed
from scanner.format import Format, Section
from scanner.model import AssetType, Finding, Located, Package, Tag
from scanner.normalize.identifiers import reference_ids
from scanner.normalize.packages import upgrade
from scanner.normalize.severity import INFO, rating
from scanner.normalize.text import first, joined
from scanner.normalize.urls import site
from scanner.shapes.json import JsonSignature, JsonVariant
from scanner.shapes.lines import JsonLinesVariant

_SCALE = {"informational": INFO, "none": INFO}
_READ = (
    "cveId",
    "machineId",
    "deviceId",
    "deviceName",
    "severity",
    "vulnerabilitySeverityLevel",
    "productName",
    "productVersion",
    "osPlatform",
)


class Report(msgspec.Struct):
    value: list[msgspec.Raw] | None = None


def sections(report: Report) -> Iterator[Section]:
    if report.value is None:
        yield failed("it has no list of values", "value")
        return
    yield Section(report.value, located, dict, place="value")


def machine_sections(report: Report) -> Iterator[Section]:
    yield Section(report.value or (), machine, dict, place="value")


def located(record: Record, _: None) -> Located:
    """The machine is known by its id, by which all answers of the API name it."""
    cve, id_ = text(record, "cveId"), first(text(record, "machineId"), text(record, "deviceId"))
    if not (cve or text(record, "productName", "softwareName")):
        raise RecordError("it names neither a CVE nor a product")
    name, version = text(record, "productName", "softwareName"), text(record, "productVersion", "softwareVersion")
    vendor = text(record, "productVendor", "softwareVendor")
    package = Package("/".join(filter(None, (vendor, name))), version)
    update = joined(text(record, "recommendedSecurityUpdate"), text(record, "recommendedSecurityUpdateUrl"), separator=" ")
    patch = first(text(record, "fixingKbId"), text(record, "recommendedSecurityUpdateId"))
    finding = Finding(
        name=first(cve, f"{name} {version}"),
        description=joined(
            text(record, "description", "vulnerabilityDescription"),
            f"{cve} is known of {package.name} {version}." if package.name else "",
        ),
        remedy=joined(update, f"Install {_patch(patch)}." if patch else "") or upgrade(package.name, version, []),
        severity=rating(
            text(record, "severity", "vulnerabilitySeverityLevel"), number(record, "cvssScore", "cvssV3"), scale=_SCALE
        ),
        location="@".join(filter(None, (package.name, version))) + (f" ({patch})" if patch and not cve else ""),
        reference_ids=reference_ids([cve]),
        packages=[package] if package.name else [],
        details=told(
            rest(record, *_READ, "diskPaths", "registryPaths", "lastSeenTimestamp", "eventTimestamp"),
            machine_id=id_,
            patch=patch,
            paths=[*texts(record, "diskPaths"), *texts(record, "registryPaths")],
        ),
    )
    host = first(id_, text(record, "deviceName"), "unknown")
    return Located(assets.infra(hostname=host, fqdn=text(record, "deviceName"), os=text(record, "osPlatform")), finding)


def _patch(number_: str) -> str:
    return f"KB{number_}" if number_.isdigit() else number_


def machine(record: Record, _: None) -> Located:
    """A machine says what it is; what was found on it stands in other files of the archive."""
    id_ = text(record, "id")
    if not id_:
        raise RecordError("it has no id")
    addresses = [text(each, "macAddress") for each in objects(record, "ipAddresses")]
    tags = [Tag(tag, "machineTag") for tag in texts(record, "machineTags")]
    if group := text(record, "rbacGroupName"):
        tags.append(Tag(group, "rbacGroup"))
    system = " ".join(filter(None, (text(record, "osPlatform"), text(record, "version"))))
    return Located(
        assets.infra(
            hostname=id_,
            fqdn=site(text(record, "computerDnsName")),
            os=system,
            mac_address=next(filter(None, addresses), ""),
            tags=tags,
        )
    )


FORMAT = Format(
    slug="ms_defender",
    scanner="Microsoft Defender for Endpoint",
    asset_type=AssetType.INFRA,
    names=("MSDefender Parser",),
    aliases=("msdefender", "microsoft_defender", "defender_for_endpoint"),
    produce="GET https://api.security.microsoft.com/api/vulnerabilities/machinesVulnerabilities",
    sources=(
        "https://learn.microsoft.com/defender-endpoint/api/get-all-vulnerabilities-by-machines",
        "https://learn.microsoft.com/defender-endpoint/api/get-assessment-software-vulnerabilities",
    ),
    variants=(
        JsonVariant(JsonSignature(keys={"value[].cveId", "value[].machineId"}, root="object"), Report, sections),
        JsonVariant(JsonSignature(keys={"value[].cveId", "value[].deviceId"}, root="object"), Report, sections),
        JsonVariant(
            JsonSignature(keys={"value[].computerDnsName", "value[].osPlatform", "value[].id"}), Report, machine_sections
        ),
        JsonVariant(JsonSignature(keys={"@odata.context", "value"}, root="object"), Report, sections),
        JsonLinesVariant(
            JsonSignature(keys={"cveId", "softwareName"}, any_of=({"deviceId", "machineId"},), lines=True), dict, located
        ),
    ),
)
