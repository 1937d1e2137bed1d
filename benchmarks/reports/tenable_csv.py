"""Nessus CSV: a row per CVE of a plugin, so that several rows are one finding."""

from collections.abc import Iterator

from benchmarks.reports.advisories import Advisory
from benchmarks.reports.contents import Contents
from benchmarks.reports.hosts import address, port
from benchmarks.reports.kind import ASSET, LAP, Kind, Plan
from benchmarks.reports.spread import in_order
from benchmarks.reports.table import row
from scanner import assets
from scanner.model import finding_identity

_HEADER = (
    "Plugin ID", "CVE", "CVSS v3.0 Base Score", "Risk", "Host", "Protocol", "Port", "Name", "Synopsis", "Description",
    "Solution", "See Also", "Plugin Output",
)  # fmt: skip


def template(advisory: Advisory) -> bytes:
    risk = "None" if advisory.severity == "UNKNOWN" else advisory.severity.capitalize()
    return b"".join(
        row((
            str(100_000 + advisory.number), cve, str(advisory.score), risk, ASSET.decode(), "tcp", LAP.decode(),
            advisory.title, advisory.title, advisory.description, advisory.solution, "\n".join(advisory.links),
            f"Installed version : {advisory.installed}\nFixed version : {advisory.fixed}",
        ))
        for cve in advisory.cves
    )  # fmt: skip


def pieces(plan: Plan, contents: Contents) -> Iterator[bytes]:
    templates = [template(advisory) for advisory in plan.pool]
    keys = [assets.infra(ip=address(asset)).key().hex() for asset in range(len(plan.counts))]
    yield row(_HEADER)
    for asset, number in in_order(plan.counts):
        advisory, lap = plan.pick(asset, number)
        identity = finding_identity(advisory.title, f"{port(lap)}/tcp", list(advisory.cves))
        contents.found(keys[asset], identity, advisory.title)
        yield templates[advisory.number].replace(LAP, b"%d" % port(lap)).replace(ASSET, address(asset).encode())


KIND = Kind(slug="tenable", extension="csv", pieces=pieces)
