"""The severity scale: a number from 1.0 to 10.0."""

import math
from collections.abc import Iterable, Mapping

from cvss import CVSS2, CVSS3, CVSS4, CVSSError

from scanner.normalize.remembering import answered

CRITICAL, HIGH, MEDIUM, LOW, INFO = 10.0, 8.0, 5.0, 2.0, 1.0
BANDS = (("critical", 9.0), ("high", 7.0), ("medium", 4.0), ("low", 2.0), ("info", -math.inf))
"""From which severity on a finding counts as what; the bounds of CVSS, and 1 for information."""
UNRATED = math.nan
"""Nothing in the report rates it. It compares with nothing: ask `is_rated`. Phoenix gets 1.0, and a word in the details."""
RATED_NOWHERE = "none: nothing in the report rates it"
"""That word, as ``rating``."""
ORIGINAL = "original-severity"
"""Key of the tag that says how a finding was rated which is imported without its risk."""

_WORDS = {
    **dict.fromkeys(("critical", "crit", "fatal", "blocker", "urgent", "severe", "very high"), CRITICAL),
    **dict.fromkeys(("high", "important", "error", "serious", "major"), HIGH),
    **dict.fromkeys(("medium", "moderate", "med", "warning", "warn", "minor"), MEDIUM),
    **dict.fromkeys(("low", "note", "style"), LOW),
    **dict.fromkeys(("info", "informational", "information", "negligible", "none", "log", "notice"), INFO),
}


@answered
def severity(text: str | None) -> float:
    """A scanner's word (any case), or a number from 0 to 10 written as text, on the scale; else `UNRATED`."""
    word = (text or "").strip().casefold()
    known = _WORDS.get(word)
    if known is not None:
        return known
    try:
        return by_score(float(word.replace(",", ".")))
    except ValueError:
        return UNRATED


def by_score(number: float | None) -> float:
    """A CVSS-like number within 1.0–10.0; `UNRATED` where there is none, or none from 0 to 10: tools write -1 for "none"."""
    if number is None or not 0.0 <= number <= 10.0:
        return UNRATED
    return max(float(number), 1.0)


def rating(word: str | None, *numbers: float | None, scale: Mapping[str, float] | None = None) -> float:
    """The tool's word on the tool's own ``scale`` (lower-case words), then on the common one; else the first CVSS score.

    ``numbers`` are scores by CVSS alone, the newest version of the most authoritative source first.
    """
    own = scale.get((word or "").strip().casefold()) if scale else None
    return own if own is not None else first_rated(severity(word), *map(by_score, numbers))


def first_rated(*severities: float) -> float:
    return next((severity for severity in severities if is_rated(severity)), UNRATED)


def is_rated(severity: float) -> bool:
    return not math.isnan(severity)


def bands(counted: Mapping[float, int]) -> dict[str, int]:
    """How many findings are critical, high, and so on, of how many have each severity; the worst first, none of none."""
    found = dict.fromkeys((name for name, _ in BANDS), 0)
    for severity, number in counted.items():
        found[next(name for name, least in BANDS if severity >= least)] += number
    return {name: number for name, number in found.items() if number}


def clamp(score: float | None) -> float:
    """A number kept within 1.0–10.0, as Phoenix wants it; no number at all (or `UNRATED`) counts as informational."""
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
