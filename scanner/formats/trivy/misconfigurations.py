"""``Misconfigurations`` of a Trivy result; passed checks are among them where ``--include-non-failures`` was given."""

import msgspec

from scanner.model import Dismissed, Finding
from scanner.normalize.dismissal import Dismissal
from scanner.normalize.severity import severity
from scanner.normalize.text import first, joined

_MESSAGE = 200
"""Characters of a message that tell two failures of one check apart where no line does."""


class Cause(msgspec.Struct, rename="pascal", gc=False):
    resource: str | None = None
    provider: str | None = None
    service: str | None = None
    start_line: int | None = None
    end_line: int | None = None


class Misconfiguration(msgspec.Struct, rename="pascal", gc=False):
    id: str | None = msgspec.field(name="ID", default=None)
    avd_id: str | None = msgspec.field(name="AVDID", default=None)
    type: str | None = None
    title: str | None = None
    description: str | None = None
    message: str | None = None
    resolution: str | None = None
    severity: str | None = None
    primary_url: str | None = msgspec.field(name="PrimaryURL", default=None)
    references: list[str] | None = None
    status: str | None = None
    cause_metadata: Cause | None = None
    iac_metadata: Cause | None = None
    """What ``CauseMetadata`` was called before 0.26."""


def misconfiguration_finding(record: Misconfiguration, target: str) -> Finding | Dismissed | None:
    match (record.status or "FAIL").upper():
        case "PASS":
            return None
        case "EXCEPTION":  # by a policy of the team
            return Dismissed(misconfiguration(record, target), Dismissal.SUPPRESSED, "an exception of the policy")
        case _:
            return misconfiguration(record, target)


def misconfiguration(record: Misconfiguration, target: str) -> Finding:
    cause = record.cause_metadata or record.iac_metadata or Cause()
    facts = {
        "check": record.id,
        "avd": record.avd_id,
        "type": record.type,
        "provider": cause.provider,
        "service": cause.service,
        "resource": cause.resource,
        "url": record.primary_url,
        "references": record.references,
    }
    return Finding(
        name=first(record.title, record.id, record.avd_id, "Misconfiguration"),
        severity=severity(record.severity),
        description=joined(record.description, record.message),
        remedy=record.resolution or "",
        location=_location(record, cause, target),
        details={key: value for key, value in facts.items() if value},
    )


def _location(record: Misconfiguration, cause: Cause, target: str) -> str:
    if cause.start_line:
        lines = (
            f":{cause.start_line}" if cause.end_line in (None, cause.start_line) else f":{cause.start_line}-{cause.end_line}"
        )
        return f"{target}{lines}" + _resource(cause, target)
    return ": ".join(filter(None, (target, cause.resource, (record.message or "")[:_MESSAGE])))


def _resource(cause: Cause, target: str) -> str:
    """Of CloudFormation some are called by the place that has just been said."""
    return f" {cause.resource}" if cause.resource and not cause.resource.startswith(f"{target}:") else ""
