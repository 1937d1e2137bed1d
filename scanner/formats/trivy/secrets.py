"""``Secrets`` of a Trivy result."""

import msgspec

from scanner.model import Finding
from scanner.normalize.severity import severity
from scanner.normalize.text import first

_EVIDENCE = 500


class Secret(msgspec.Struct, rename="pascal", gc=False):
    rule_id: str | None = msgspec.field(name="RuleID", default=None)
    category: str | None = None
    severity: str | None = None
    title: str | None = None
    start_line: int | None = None
    match: str | None = None
    """The line, with the secret itself already masked by Trivy."""


def secret_finding(record: Secret, target: str) -> Finding:
    name = first(record.title, record.rule_id, "Secret")
    facts = {"rule": record.rule_id, "category": record.category, "match": (record.match or "").strip()[:_EVIDENCE]}
    return Finding(
        name=name,
        severity=severity(record.severity),
        description=f"{name} found in {target}.",
        remedy="Revoke the secret, remove it from the file and its history, and keep it in a secret store.",
        location=f"{target}:{record.start_line}" if record.start_line else target,
        details={key: value for key, value in facts.items() if value},
    )
