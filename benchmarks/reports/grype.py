"""Grype JSON of one image."""

from collections.abc import Iterator

import msgspec

from benchmarks.reports.advisories import Advisory
from benchmarks.reports.contents import Contents
from benchmarks.reports.kind import LAP, Kind, Plan, separated
from scanner import assets
from scanner.model import finding_identity

_IMAGE = "registry.example/bench/grype:1.0"
_PLACE = "/var/lib/dpkg/status"


def template(advisory: Advisory) -> bytes:
    installed = f"{advisory.installed}-{LAP.decode()}"
    cvss = {"source": "nvd@nist.gov", "type": "Primary", "version": "3.1", "vector": advisory.vector}
    record = {
        "vulnerability": {
            "id": advisory.cves[0],
            "dataSource": f"https://advisories.example/{advisory.cves[0]}",
            "namespace": "debian:distro:debian:12",
            "severity": advisory.severity.capitalize(),
            "urls": list(advisory.links),
            "description": advisory.description,
            "cvss": [cvss | {"metrics": {"baseScore": advisory.score}}],
            "epss": [{"cve": advisory.cves[0], "epss": 0.01, "percentile": 0.5, "date": advisory.published}],
            "fix": {"versions": [advisory.fixed] if advisory.fixed else [], "state": "fixed" if advisory.fixed else "unknown"},
            "advisories": [],
            "risk": 1.5,
        },
        "relatedVulnerabilities": [
            {"id": cve, "dataSource": f"https://advisories.example/{cve}", "description": advisory.title, "cvss": [cvss]}
            for cve in advisory.cves[1:]
        ],
        "matchDetails": [{"type": "exact-direct-match", "matcher": "dpkg-matcher", "searchedBy": {"distro": "debian 12"}}],
        "artifact": {
            "id": f"{advisory.number:016x}",
            "name": advisory.package,
            "version": installed,
            "type": "deb",
            "locations": [{"path": _PLACE, "layerID": "sha256:" + "ef" * 32}],
            "licenses": ["GPL-2"],
            "cpes": [f"cpe:2.3:a:{advisory.package}:{advisory.package}:{installed}:*:*:*:*:*:*:*"],
            "purl": f"pkg:deb/debian/{advisory.package}@{installed}?arch=amd64&distro=debian-12",
        },
    }
    return msgspec.json.encode(record)


def pieces(plan: Plan, contents: Contents) -> Iterator[bytes]:
    templates = [template(advisory) for advisory in plan.pool]
    yield b'{"matches":[\n'
    yield from separated(_records(plan, contents, templates))
    yield b'],"source":{"type":"image","target":{"userInput":"%b","imageID":"sha256:%b","tags":["%b"],"repoDigests":[]}},' % (
        _IMAGE.encode(),
        b"12" * 32,
        _IMAGE.encode(),
    )
    yield b'"distro":{"name":"debian","version":"12"},"descriptor":{"name":"grype","version":"0.92.0"}}\n'


def _records(plan: Plan, contents: Contents, templates: list[bytes]) -> Iterator[bytes]:
    key = assets.container(_IMAGE).key().hex()
    for number in range(plan.counts[0]):
        advisory, lap = plan.pick(0, number)
        location = f"{advisory.package}@{advisory.installed}-{lap} in {_PLACE}"
        contents.found(key, finding_identity(advisory.cves[0], location, list(advisory.cves)), advisory.cves[0])
        yield templates[advisory.number].replace(LAP, b"%d" % lap)


KIND = Kind(slug="anchore_grype", extension="json", pieces=pieces, most_assets=1)
