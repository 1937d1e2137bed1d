"""Trivy's SARIF: its messages say what its JSON has fields for, so that a finding is called and placed as in that."""

import re

from scanner.families.sarif.locations import Place
from scanner.families.sarif.ratings import by_word
from scanner.families.trivy_artifact import within
from scanner.model import Package
from scanner.normalize.severity import INFO, UNRATED, is_rated

TOOL = "trivy"
LEAK = "Secret"
LEAK_REMEDY = "Revoke the secret, remove it from the file and its history, and keep it in a secret store."
"""As of its JSON: the log has but the match of another secret there."""
_FACT = re.compile(r"^(Artifact|Severity): *(.*)$", re.MULTILINE)
_OS_PACKAGE = "OsPackageVulnerability"


def facts(message: str) -> dict[str, str]:
    """``Artifact`` (the target) and ``Severity`` of a message."""
    return {key: value.strip() for key, value in _FACT.findall(message)}


def severity(message: str, score: float) -> float | None:
    """By the word of the message; where that is UNKNOWN, by a CVSS score, for which the rule has 0.0 where there is none."""
    word = facts(message).get("Severity")
    if word is None:
        return None
    rated = by_word(word)
    return rated if is_rated(rated) else score if score > INFO else UNRATED


def location(kind: str, target: str, packages: list[Package], where: Place, artifact: str, image: str) -> str:
    """``kind`` is the rule's name; ``artifact`` is what was scanned, which ``image`` is the name of."""
    path = where.path
    while path.startswith("../"):
        path = path[3:]
    if packages:
        package = packages[0]
        name = f"{package.name}@{package.version}" if package.version else package.name
        return name if kind == _OS_PACKAGE or not path else f"{name} in {path}"
    path = within(target, artifact, image) or path
    first, last = where.line, where.last_line
    if not path or not first:
        return path or where.text
    return f"{path}:{first}" if kind == LEAK or last in (0, first) else f"{path}:{first}-{last}"
