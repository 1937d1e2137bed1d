"""An issue or security hotspot of SonarQube, from whichever of its exports it was read."""

from dataclasses import dataclass

from scanner.errors import RecordError
from scanner.model import Finding, Tag
from scanner.normalize.details import details
from scanner.normalize.identifiers import advisory_ids, cwes
from scanner.normalize.severity import CRITICAL, HIGH, INFO, LOW, MEDIUM, severity
from scanner.normalize.text import first, joined

_LADDER = {"BLOCKER": CRITICAL, "CRITICAL": HIGH, "HIGH": HIGH, "MAJOR": MEDIUM, "MINOR": LOW, "INFO": INFO}
"""The product's own five steps; their words mean other things elsewhere."""
_GONE = frozenset(("FIXED", "REMOVED"))
_ACCEPTED = frozenset(("FALSE-POSITIVE", "FALSE_POSITIVE", "WONTFIX", "ACCEPTED", "SAFE", "ACKNOWLEDGED", "EXCEPTION"))


@dataclass(frozen=True, slots=True)
class RuleText:
    """What a report says about a rule."""

    name: str = ""
    description: str = ""
    remedy: str = ""
    cwes: tuple[str, ...] = ()


UNDESCRIBED = RuleText()


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    rule: str
    severity: str
    path: str
    message: str
    title: str = ""
    line: str = ""
    column: str = ""
    kind: str = ""
    """BUG, VULNERABILITY, CODE_SMELL or SECURITY_HOTSPOT."""
    status: str = ""
    resolution: str = ""
    tags: tuple[str, ...] = ()
    key: str = ""


def finding(issue: Issue, rule: RuleText = UNDESCRIBED) -> Finding | None:
    """None where the issue is fixed; one that somebody has accepted stays, tagged. `RecordError` for one without a name."""
    outcomes = {issue.resolution.upper(), issue.status.upper()}
    if outcomes & _GONE:
        return None
    name = first(issue.title, rule.name, issue.rule, issue.message)
    if not name:
        raise RecordError("it names no rule")
    return Finding(
        name=name,
        description=joined(issue.message, rule.description),
        remedy=rule.remedy,
        severity=_LADDER.get(issue.severity.upper()) or severity(issue.severity),
        location=_location(issue),
        reference_ids=advisory_ids(issue.message, issue.rule),
        cwes=cwes([*rule.cwes, issue.message, *(tag for tag in issue.tags if tag.startswith("cwe-"))]),
        details=details(rule=issue.rule, type=issue.kind, status=issue.status, key=issue.key, tags=list(issue.tags)),
        tags=[Tag("suppressed")] if outcomes & _ACCEPTED else [],
    )


def _location(issue: Issue) -> str:
    """Without a line it is about a whole project or file, and only the message says about what in it."""
    if not issue.line:
        return joined(issue.path, issue.message.partition(" | ")[0][:200], separator=": ")
    return f"{issue.path}:{issue.line}" + (f":{issue.column}" if issue.column else "")
