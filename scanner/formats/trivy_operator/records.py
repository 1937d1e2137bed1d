"""The records of the operator's reports; ``where`` is the workload (or control) and a severity for records without one."""

import msgspec

from scanner.model import Finding, Package
from scanner.normalize.dates import date
from scanner.normalize.identifiers import reference_ids
from scanner.normalize.packages import upgrade, versions
from scanner.normalize.severity import rating, severity
from scanner.normalize.text import first, joined

_MESSAGE = 200
_EVIDENCE = 500

Where = tuple[str, str]


class Vulnerability(msgspec.Struct, rename="camel", gc=False):
    id: str | None = msgspec.field(name="vulnerabilityID", default=None)
    resource: str | None = None
    installed_version: str | None = None
    fixed_version: str | None = None
    published_date: str | None = None
    severity: str | None = None
    score: float | None = None
    title: str | None = None
    description: str | None = None
    primary_link: str | None = None
    links: list[str] | None = None
    target: str | None = None
    package_path: str | None = None


class Check(msgspec.Struct, rename="camel", gc=False):
    id: str | None = msgspec.field(name="checkID", default=None)
    title: str | None = None
    description: str | None = None
    messages: list[str] | None = None
    remediation: str | None = None
    severity: str | None = None
    success: bool | None = None
    category: str | None = None
    target: str | None = None


class Secret(msgspec.Struct, rename="camel", gc=False):
    rule_id: str | None = msgspec.field(name="ruleID", default=None)
    title: str | None = None
    category: str | None = None
    severity: str | None = None
    target: str | None = None
    match: str | None = None
    """Masked by Trivy."""


def vulnerability_finding(record: Vulnerability, where: Where) -> Finding:
    package, installed = record.resource or "", record.installed_version or ""
    fixed = versions(record.fixed_version)
    path = record.package_path or (record.target if record.target and not record.target.endswith(")") else "")
    facts = {"title": record.title, "url": record.primary_link, "references": record.links, "score": record.score}
    return Finding(
        name=first(record.id, record.title, f"Vulnerability in {package}"),
        severity=rating(record.severity, record.score),
        description=first(record.description, record.title),
        remedy=upgrade(package, installed, fixed),
        location=" in ".join(filter(None, (f"{package}@{installed}" if installed else package, path, where[0]))),
        reference_ids=reference_ids([record.id]),
        published_date_time=date(record.published_date),
        packages=[Package(package, installed, fix_versions=fixed)] if package else [],
        details={key: value for key, value in facts.items() if value},
    )


def check_finding(record: Check, where: Where) -> Finding | None:
    if record.success:
        return None
    message = joined(*(record.messages or ()), separator="; ")
    facts = {"check": record.id, "category": record.category, "target": record.target}
    return Finding(
        name=first(record.title, record.id, "Misconfiguration"),
        severity=severity(record.severity or where[1]),
        description=joined(record.description, message),
        remedy=record.remediation or "",
        location=": ".join(filter(None, (where[0], record.target, message[:_MESSAGE]))),
        details={key: value for key, value in facts.items() if value},
    )


def secret_finding(record: Secret, where: Where) -> Finding:
    name, evidence = first(record.title, record.rule_id, "Secret"), (record.match or "").strip()[:_EVIDENCE]
    facts = {"rule": record.rule_id, "category": record.category, "match": evidence}
    return Finding(
        name=name,
        severity=severity(record.severity),
        description=f"{name} found in {record.target or 'the image'}.",
        remedy="Revoke the secret, build the image without it, and keep it in a secret store.",
        location=": ".join(filter(None, (where[0], record.target, evidence))),
        details={key: value for key, value in facts.items() if value},
    )
