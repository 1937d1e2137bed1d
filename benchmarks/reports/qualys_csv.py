"""Qualys scan report as CSV, under the lines that describe the report."""

from collections.abc import Iterator

from benchmarks.reports.advisories import Advisory
from benchmarks.reports.contents import Contents
from benchmarks.reports.hosts import address, hostname, port
from benchmarks.reports.kind import ASSET, LAP, Kind, Plan
from benchmarks.reports.spread import in_order
from benchmarks.reports.table import row
from scanner import assets
from scanner.model import finding_identity

_NAME = b"@NAME@"
_LEVELS = {"CRITICAL": "5", "HIGH": "4", "MEDIUM": "3", "LOW": "2", "UNKNOWN": "1"}
_HEADER = (
    "IP", "Network", "DNS", "NetBIOS", "Tracking Method", "OS", "IP Status", "QID", "Title", "Vuln Status", "Type", "Severity",
    "Port", "Protocol", "FQDN", "SSL", "First Detected", "Last Detected", "Times Detected", "CVE ID", "Vendor Reference",
    "Bugtraq ID", "CVSS3 Base", "Threat", "Impact", "Solution", "Exploitability", "Associated Malware", "Results", "PCI Vuln",
    "Instance", "Category",
)  # fmt: skip


def template(advisory: Advisory) -> bytes:
    return row((
        ASSET.decode(), "Global Default Network", _NAME.decode(), "", "IP", "Debian Linux 12", "host scanned, found vuln",
        str(900_000 + advisory.number), advisory.title, "Active", "Vuln", _LEVELS[advisory.severity], LAP.decode(), "tcp", "",
        "no", "03/01/2025 07:00:00", "04/01/2025 07:00:00", "3", ", ".join(advisory.cves), "", "",
        f"{advisory.score} (AV:N/AC:L)", advisory.description, advisory.solution, advisory.solution, "", "",
        f"{advisory.package} {advisory.installed} is installed", "yes", "", "Debian",
    ))  # fmt: skip


def pieces(plan: Plan, contents: Contents) -> Iterator[bytes]:
    templates = [template(advisory) for advisory in plan.pool]
    hosts = range(len(plan.counts))
    keys = [assets.infra(ip=address(asset), hostname=hostname(asset)).key().hex() for asset in hosts]
    yield row(("Bench scan report", "04/01/2025 10:00:00 (GMT)"))
    yield row(("Bench", "1 Road", "Town")) + b"\r\n"
    yield row(_HEADER)
    for asset, number in in_order(plan.counts):
        advisory, lap = plan.pick(asset, number)
        identity = finding_identity(advisory.title, f"{port(lap)}/tcp", list(advisory.cves))
        contents.found(keys[asset], identity, advisory.title)
        record = templates[advisory.number].replace(LAP, b"%d" % port(lap))
        yield record.replace(ASSET, address(asset).encode()).replace(_NAME, hostname(asset).encode())


KIND = Kind(slug="qualys", extension="csv", pieces=pieces)
