"""Reports of any size, made in code, and what one giant request with them would leave in Phoenix."""

import json
import tempfile
from collections.abc import Iterable
from pathlib import Path

import msgspec

from scanner.batching import Limits, cut, request_body
from scanner.collecting import Collector, regroup
from scanner.options import ImportOptions
from scanner.phoenix.sandbox.checks import read_import
from scanner.phoenix.sandbox.request import Assessment
from scanner.phoenix.sandbox.snapshot import AssetSnapshot, FindingState
from scanner.phoenix.sandbox.state import Assessments
from scanner.translation import translate_file

Snapshot = dict[Assessment, dict[str, AssetSnapshot]]


def generic(assets: int, findings: int, *, first: int = 0, padding: int = 0) -> bytes:
    """The generic JSON format: hosts with ``findings`` each, which are numbered from ``first``."""
    return json.dumps(
        {
            "findings": [
                {
                    "title": f"Weakness {number}",
                    "severity": "High",
                    "description": "d" * (10 + padding),
                    "cve": f"CVE-2030-{10000 + number}",
                    "location": f"package-{number}",
                    "asset": {"type": "infra", "attributes": {"hostname": f"h{host}.example"}},
                }
                for host in range(assets)
                for number in range(first, first + findings)
            ]
        }
    ).encode()


def generic_csv(assets: int, findings: int) -> bytes:
    head = "Title;Severity;Description;Remedy;Asset type;Asset;Location;CVE"
    rows = (
        f'Weakness {number};High;"two\nlines";Close it.;INFRA;10.0.{host // 250}.{host % 250 + 1};{number}/tcp;'
        f"CVE-2030-1{number:04}"
        for host in range(assets)
        for number in range(findings)
    )
    return "\n".join([head, *rows, ""]).encode()


def nessus(assets: int, findings: int) -> bytes:
    def item(number: int) -> str:
        return (
            f'<ReportItem port="{number}" svc_name="www" protocol="tcp" severity="3" pluginID="{number}" '
            f'pluginName="Weakness {number}" pluginFamily="General"><description>Something is wrong.</description>'
            "<solution>Repair it.</solution><risk_factor>High</risk_factor></ReportItem>"
        )

    items = "".join(item(number) for number in range(1, findings + 1))
    hosts = "".join(
        f'<ReportHost name="10.1.{host // 250}.{host % 250 + 1}"><HostProperties>'
        f'<tag name="host-ip">10.1.{host // 250}.{host % 250 + 1}</tag></HostProperties>{items}</ReportHost>'
        for host in range(assets)
    )
    return f'<?xml version="1.0" ?><NessusClientData_v2><Report name="made">{hosts}</Report></NessusClientData_v2>'.encode()


def trivy(findings: int) -> bytes:
    """One image, which is one asset."""
    vulnerabilities = [
        {
            "VulnerabilityID": f"CVE-2030-{10000 + number}",
            "PkgName": f"package-{number}",
            "InstalledVersion": "1.0",
            "Severity": "HIGH",
            "Title": "t",
            "Description": "d" * 100,
        }
        for number in range(findings)
    ]
    result = {"Target": "os", "Class": "os-pkgs", "Type": "debian", "Vulnerabilities": vulnerabilities}
    image = "registry.example/shop:1"
    return json.dumps(
        {"SchemaVersion": 2, "ArtifactName": image, "ArtifactType": "container_image", "Results": [result]}
    ).encode()


def giant(reports: Iterable[tuple[bytes, ImportOptions]], *, filename: str = "report.json") -> Snapshot:
    """The state after importing each report as one request per asset type, one after the other."""
    state = Assessments()
    for report, options in reports:
        collector = Collector(options)
        with tempfile.NamedTemporaryFile() as file:
            file.write(report)
            file.flush()
            translate_file(Path(file.name), collector, name=filename, scanner_type=options.scanner_type)
        groups = regroup(collector.blocks(), options).assets
        for piece in cut(groups, Limits(10**9, 10**12), overhead_bytes=0):
            body = request_body(options.import_type, options.assessment_name, piece.asset_type, piece.body)
            request = read_import(body)
            state.apply(request.import_type, request.assessment, request.assets)
    return state.snapshot()


def plain(snapshot: Snapshot) -> object:
    """For comparing: the same for equal states, and with a short difference where they are not."""
    return {
        assessment: {key: (asset.attributes, states(asset), msgspec.to_builtins(asset.tags)) for key, asset in assets.items()}
        for assessment, assets in snapshot.items()
    }


def states(asset: AssetSnapshot) -> dict[str, FindingState]:
    return {identity: finding.state for identity, finding in asset.findings.items()}


def open_findings(snapshot: Snapshot) -> int:
    return sum(
        state is FindingState.OPEN
        for assets in snapshot.values()
        for asset in assets.values()
        for state in states(asset).values()
    )
