"""The CSV report (``--format CSV``): one row per vulnerability of a dependency; scores are split by CVSS version since 5.0."""

import msgspec

from scanner.errors import RecordError
from scanner.formats.dependency_check.findings import dependency_findings, project_asset
from scanner.formats.dependency_check.model import Cvss, CvssV2, Dependency, Identifier, Vulnerability, score
from scanner.model import Located
from scanner.normalize.packages import versions

COLUMNS: dict[str, str | tuple[str, ...]] = {
    "file_name": "DependencyName",
    "file_path": "DependencyPath",
    "description": "Vulnerability",
    "severity": ("Severity", "CVSSv2_Severity"),
    "score": ("CVSSv2_Score", "CVSSv2"),
    "severity_v3": "CVSSv3_BaseSeverity",
    "score_v3": "CVSSv3_BaseScore",
    "severity_v4": "CVSSv4_BaseSeverity",
    "score_v4": "CVSSv4_BaseScore",
}


class Row(msgspec.Struct):
    project: str = ""
    file_name: str = ""
    file_path: str = ""
    identifiers: str = ""
    cpe: str = ""
    cve: str = ""
    cwe: str = ""
    description: str = ""
    source: str = ""
    severity: str = ""
    score: str = ""
    severity_v3: str = ""
    score_v3: str = ""
    severity_v4: str = ""
    score_v4: str = ""


def finding(row: Row, _: None) -> Located:
    if not row.cve and not row.file_name:
        raise RecordError("a row without vulnerability and dependency")
    vulnerability = Vulnerability(
        name=row.cve,
        source=row.source,
        cvssv2=CvssV2(score(row.score), row.severity),
        cvssv3=Cvss(score(row.score_v3), row.severity_v3),
        cvssv4=Cvss(score(row.score_v4), row.severity_v4),
        cwe=row.cwe,
        description=row.description,
    )
    dependency = Dependency(
        file_name=row.file_name,
        file_path=row.file_path,
        packages=[Identifier(id=text, name=text) for text in versions(row.identifiers)],
        vulnerability_ids=[Identifier(id=text) for text in versions(row.cpe)],
        vulnerabilities=[vulnerability],
    )
    return Located(project_asset(row.project), next(dependency_findings(dependency)))
