"""How grave a rule or a result is, in the order in which what is written counts.

The tool's own word (in the properties or, for Trivy, in the message), then a security severity (GitHub's convention: a number
from 0 to 10, or a word), then the level: a result's own, the invocation's override, the rule's default.
"""

from collections.abc import Mapping

from scanner.families.sarif.model import PropertyBag
from scanner.families.sarif.taxonomies import texts
from scanner.normalize.severity import CRITICAL, HIGH, INFO, MEDIUM, UNRATED, by_score, first_rated, is_rated, severity

_LEVELS = {"error": HIGH, "warning": MEDIUM, "note": INFO, "none": INFO, "critical": CRITICAL}
_TAGS = frozenset(("critical", "high", "medium", "moderate", "low"))
_TAG_PREFIX = "severity/"
"""Prowler."""


def by_level(level: str, own: Mapping[str, float]) -> float:
    """The severity that a level stands for; the standard's default is ``warning``."""
    level = (level or "warning").casefold()
    known = own.get(level, _LEVELS.get(level))
    return known if known is not None else severity(level)


def own_word(bag: PropertyBag | None) -> float:
    """By a property that holds the tool's own word, or a tag that is nothing but one. Numbers have scales of their own."""
    if bag is None:
        return UNRATED
    for value in (bag.issue_severity, bag.zizmor_severity, bag.severity):
        if value is not None and is_rated(rated := by_word(value)):
            return rated
    for tag in texts(bag.tags) if bag.tags else ():
        word = tag.casefold().removeprefix(_TAG_PREFIX)
        if word in _TAGS:
            return severity(word)
    return UNRATED


def by_word(value: object) -> float:
    return severity(value) if isinstance(value, str) and not value[:1].isdigit() else UNRATED


def security_severity(bag: PropertyBag | None) -> float:
    value = None if bag is None else bag.security_severity
    if isinstance(value, str):
        return severity(value)
    return by_score(value) if isinstance(value, int | float) and not isinstance(value, bool) else UNRATED


def rated(bag: PropertyBag | None) -> float:
    return first_rated(own_word(bag), security_severity(bag)) if bag is not None else UNRATED
