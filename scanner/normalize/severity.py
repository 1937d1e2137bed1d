"""The severity scale: a number from 1.0 to 10.0."""

import math
from collections.abc import Iterable

from cvss import CVSS2, CVSS3, CVSS4, CVSSError

from scanner.normalize.remembering import answered

CRITICAL, HIGH, MEDIUM, LOW, INFO = 10.0, 8.0, 5.0, 2.0, 1.0

_WORDS = {
    **dict.fromkeys(("critical", "crit", "fatal", "blocker", "urgent", "severe", "very high"), CRITICAL),
    **dict.fromkeys(("high", "important", "error", "serious", "major"), HIGH),
    **dict.fromkeys(("medium", "moderate", "med", "warning", "warn", "minor"), MEDIUM),
    **dict.fromkeys(("low", "note", "style"), LOW),
    **dict.fromkeys(
        ("info", "informational", "information", "negligible", "unknown", "none", "undefined", "log", "notice", ""), INFO
    ),
}


@answered
def severity(text: str | None) -> float:
    """A scanner's word (any case), or a number written as text, on the scale; an unknown word counts as informational."""
    word = (text or "").strip().casefold()
    known = _WORDS.get(word)
    if known is not None:
        return known
    try:
        return clamp(float(word.replace(",", ".")))
    except ValueError:
        return INFO


def clamp(score: float | None) -> float:
    """A CVSS-like number, kept within 1.0–10.0; no number at all (or NaN) counts as informational."""
    if score is None or math.isnan(score):
        return INFO
    return min(max(float(score), 1.0), 10.0)


@answered
def cvss_score(vector: str | None) -> float | None:
    """Base score of a CVSS 2, 3 or 4 vector, with or without its prefix; None where it is not one."""
    text = (vector or "").strip().strip("()")
    try:
        if text.startswith("CVSS:4"):
            return float(CVSS4(text).base_score)
        if text.startswith("CVSS:3"):
            return float(CVSS3(text).scores()[0])
        if text.startswith("AV:"):
            return float(CVSS2(text).scores()[0]) if "/Au:" in text else float(CVSS3("CVSS:3.1/" + text).scores()[0])
    except (CVSSError, ValueError, KeyError):
        return None
    return None


def highest(scores: Iterable[float | None]) -> float | None:
    """The highest of those that are there."""
    return max((score for score in scores if score is not None), default=None)
