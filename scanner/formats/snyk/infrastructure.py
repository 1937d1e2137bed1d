"""``infrastructureAsCodeIssues`` of a Snyk project (``snyk iac test --json``)."""

import msgspec

from scanner.model import Dismissed, Finding
from scanner.normalize.dismissal import Dismissal
from scanner.normalize.severity import severity
from scanner.normalize.text import first, joined


class Description(msgspec.Struct, gc=False):
    issue: str | None = None
    impact: str | None = None
    resolve: str | None = None


class Misconfiguration(msgspec.Struct, rename="camel", gc=False):
    id: str | None = None
    public_id: str | None = None
    title: str | None = None
    severity: str | None = None
    iac_description: Description | None = None
    issue: str | None = None
    impact: str | None = None
    resolve: str | None = None
    remediation: str | dict[str, str] | None = None
    """Advice, or one for each language of infrastructure code."""
    msg: str | None = None
    line_number: int | None = None
    documentation: str | None = None
    references: list[str] | None = None
    is_ignored: bool | None = None


def misconfiguration_finding(record: Misconfiguration, file: str) -> Finding | Dismissed:
    finding = _finding(record, file)
    return Dismissed(finding, Dismissal.SUPPRESSED) if record.is_ignored else finding


def _finding(record: Misconfiguration, file: str) -> Finding:
    about = record.iac_description or Description()
    remediation = record.remediation if isinstance(record.remediation, str) else None
    where = f"{file}:{record.line_number}" if record.line_number and record.line_number > 0 else file
    facts = {
        "rule": record.public_id or record.id,
        "documentation": record.documentation,
        "references": record.references,
    }
    return Finding(
        name=first(record.title, record.public_id, record.id),
        severity=severity(record.severity),
        description=joined(record.issue or about.issue, record.impact or about.impact),
        remedy=first(record.resolve, about.resolve, remediation),
        location=" ".join(filter(None, (where, record.msg))),
        details={key: value for key, value in facts.items() if value},
    )
