"""Nuclei JSON Lines; the hosts' matches come among each other, as a scan in parallel finds them."""

from collections.abc import Iterator

import msgspec

from benchmarks.reports.advisories import Advisory
from benchmarks.reports.contents import Contents
from benchmarks.reports.hosts import hostname
from benchmarks.reports.kind import ASSET, LAP, Kind, Plan
from benchmarks.reports.spread import mixed
from scanner import assets
from scanner.model import finding_identity


def template(advisory: Advisory) -> bytes:
    url = f"https://{ASSET.decode()}"
    record = {
        "template-id": advisory.cves[0],
        "template-path": f"http/cves/{advisory.cves[0]}.yaml",
        "info": {
            "name": advisory.title,
            "author": ["bench"],
            "tags": ["cve", advisory.package],
            "description": advisory.description,
            "reference": list(advisory.links),
            "severity": advisory.severity.lower(),
            "remediation": advisory.solution,
            "classification": {
                "cve-id": [cve.lower() for cve in advisory.cves],
                "cwe-id": [f"cwe-{advisory.cwe}"],
                "cvss-metrics": advisory.vector,
                "cvss-score": advisory.score,
            },
        },
        "type": "http",
        "host": ASSET.decode(),
        "matched-at": f"{url}/{advisory.package}/{LAP.decode()}",
        "request": f"GET /{advisory.package} HTTP/1.1\r\nHost: {ASSET.decode()}\r\n\r\n",
        "response": "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" + advisory.description,
        "ip": "192.0.2.1",
        "timestamp": "2025-04-01T10:00:00.000000000Z",
        "curl-command": f"curl -X 'GET' '{url}/{advisory.package}'",
        "matcher-status": True,
    }
    return msgspec.json.encode(record) + b"\n"


def pieces(plan: Plan, contents: Contents) -> Iterator[bytes]:
    templates = [template(advisory) for advisory in plan.pool]
    keys = [assets.web(hostname(asset)).key().hex() for asset in range(len(plan.counts))]
    for asset, number in mixed(plan.counts):
        advisory, lap = plan.pick(asset, number)
        host = hostname(asset)
        location = f"https://{host}/{advisory.package}/{lap} [{advisory.cves[0]}]"
        contents.found(keys[asset], finding_identity(advisory.title, location, list(advisory.cves)), advisory.title)
        yield templates[advisory.number].replace(LAP, b"%d" % lap).replace(ASSET, host.encode())


KIND = Kind(slug="nuclei", extension="jsonl", pieces=pieces)
