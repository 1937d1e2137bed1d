"""An issue or security hotspot of SonarQube, from whichever of its exports it was read."""

from dataclasses import dataclass

from scanner.errors import RecordError
from scanner.model import Dismissed, Finding
from scanner.normalize.details import details
from scanner.normalize.dismissal import Dismissal, dismissal
from scanner.normalize.identifiers import advisory_ids, cwes
from scanner.normalize.severity import CRITICAL, HIGH, INFO, LOW, MEDIUM, severity
from scanner.normalize.text import first, joined

_STEPS = {CRITICAL: "BLOCKER", HIGH: "CRITICAL HIGH", MEDIUM: "MAJOR MEDIUM", LOW: "MINOR LOW", INFO: "INFO"}
_LADDER = {word: step for step, words in _STEPS.items() for word in words.split()}
"""The product's own five steps; their words mean other things elsewhere."""
_OUTCOMES = {"REMOVED": Dismissal.FIXED, "SAFE": Dismissal.FALSE_POSITIVE}
"""The product's own words, beside those that all tools use: the rule is gone, and a hotspot that was found to be harmless."""


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


def finding(issue: Issue, rule: RuleText = UNDESCRIBED) -> Finding | Dismissed:
    """The issue, dismissed where it is fixed or somebody has decided on it. `RecordError` for one without a name."""
    found = _finding(issue, rule)
    reason = next((reason for outcome in (issue.resolution, issue.status) if (reason := _outcome(outcome))), None)
    return Dismissed(found, reason, joined(issue.status, issue.resolution, separator=", ")) if reason else found


def ladder(word: str) -> float | None:
    """A step of the product's, also one of the four that qualities are rated with, on the scale."""
    return _LADDER.get(word.upper())


def _outcome(word: str) -> Dismissal | None:
    return _OUTCOMES.get(word.upper()) or dismissal(word)


def _finding(issue: Issue, rule: RuleText) -> Finding:
    name = first(issue.title, rule.name, issue.rule, issue.message)
    if not name:
        raise RecordError("it names no rule")
    return Finding(
        name=name,
        description=joined(issue.message, rule.description),
        remedy=rule.remedy,
        severity=ladder(issue.severity) or severity(issue.severity),
        location=_location(issue),
        reference_ids=advisory_ids(issue.message, issue.rule),
        cwes=cwes([*rule.cwes, issue.message, *(tag for tag in issue.tags if tag.startswith("cwe-"))]),
        details=details(rule=issue.rule, type=issue.kind, status=issue.status, key=issue.key, tags=list(issue.tags)),
    )


def _location(issue: Issue) -> str:
    """Without a line it is about a whole project or file, and only the message says about what in it."""
    if not issue.line:
        return joined(issue.path, issue.message.partition(" | ")[0][:200], separator=": ")
    return f"{issue.path}:{issue.line}" + (f":{issue.column}" if issue.column else "")
