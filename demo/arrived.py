"""What has arrived in the sandbox, to compare with what the reports contain."""

from collections.abc import Mapping
from typing import Any, cast

from benchmarks.reports.contents import Contents
from scanner.phoenix.sandbox.faults import Route
from scanner.phoenix.sandbox.request import Assessment
from scanner.phoenix.sandbox.server import SandboxServer
from scanner.phoenix.sandbox.snapshot import AssetSnapshot, FindingState


def arrived(sandbox: SandboxServer, assessment_name: str) -> Contents:
    """The open findings of an assessment, over all asset types."""
    return contents_of(sandbox.snapshot(), assessment_name)


def contents_of(snapshot: Mapping[Assessment, Mapping[str, AssetSnapshot]], assessment_name: str) -> Contents:
    """The same, for who asks for many of one snapshot."""
    contents = Contents()
    for assessment, assets in snapshot.items():
        if assessment.name != assessment_name:
            continue
        for key, asset in assets.items():
            contents.scanned(key)
            for identity, finding in asset.findings.items():
                if finding.state is FindingState.OPEN:
                    contents.found(key, bytes.fromhex(identity), cast(dict[str, Any], finding.content)["name"])
    return contents


def import_requests(sandbox: SandboxServer, assessment_name: str) -> int:
    """Requests that the sandbox has taken for an assessment."""
    return sum(
        record.route is Route.IMPORT and record.assessment == assessment_name and record.status in (200, 201)
        for record in sandbox.requests()
    )
