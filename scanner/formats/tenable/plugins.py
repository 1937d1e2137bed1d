"""What all of Tenable's exports say in the same words: severity levels, solutions, cross references, page links."""

import re
from collections.abc import Sequence

from scanner.normalize.dismissal import Dismissal, dismissal
from scanner.normalize.identifiers import advisory_ids
from scanner.normalize.severity import CRITICAL, HIGH, INFO, LOW, MEDIUM, UNRATED, first_rated, severity
from scanner.normalize.text import first

_LEVELS = {
    **dict(zip("01234", (INFO, LOW, MEDIUM, HIGH, CRITICAL), strict=True)),
    # results of compliance checks, which CSV exports write in the place of a risk; the levels are those of .nessus files
    "failed": HIGH,
    "warning": MEDIUM,
}
_ACCEPTED = {"accepted", "yes", "true"}
_URL = re.compile(r"https?://[^\s'\"<>]+")
_SEPARATOR = re.compile(r"[:#]")
_NOTHING = {"n/a", "none", "null", "-"}
_LONGEST_NOTHING = max(map(len, _NOTHING))


def level(*texts: str, scores: Sequence[str | float | None] = ()) -> float:
    """The first that is there: a level from 0 (informational) to 4 (critical), or a word; else the first CVSS score."""
    text = first(*texts).casefold()
    by_word = _LEVELS.get(text) or (UNRATED if text.isdigit() else severity(text))
    return first_rated(by_word, *(severity(str(score)) for score in scores if score is not None))


def put_aside(state: str = "", accepted: str = "", compliance_result: str = "") -> Dismissal | None:
    """Why a finding is not open: seen fixed, its risk accepted by a rule (``ACCEPTED``, ``Yes``), or a check was not run."""
    if accepted.strip().casefold() in _ACCEPTED:
        return Dismissal.RISK_ACCEPTED
    if compliance_result.strip().casefold() == "error":
        return Dismissal.NOT_CHECKED
    return dismissal(state)


def said(text: str) -> str:
    """Empty for the ways in which Tenable says nothing (a solution of ``n/a``)."""
    text = text.strip()
    return "" if len(text) <= _LONGEST_NOTHING and text.casefold() in _NOTHING else text


def references(cves: list[str], xrefs: list[str]) -> list[str]:
    """CVE ids, and those advisories among the cross references (``RHSA:2021:1234``) that have ids of their own."""
    return advisory_ids("\n".join([*cves, *map(_named, xrefs)]))


def weaknesses(xrefs: list[str]) -> list[str]:
    return [xref for xref in map(_named, xrefs) if xref.startswith("CWE-")]


def _named(xref: str) -> str:
    """``CWE-310`` for ``CWE:310`` (Nessus) and ``CWE #310`` (Security Center)."""
    return "-".join(part.strip() for part in _SEPARATOR.split(xref, maxsplit=1))


def page(output: str) -> str:
    """The first page that a web plugin's output names."""
    found = _URL.search(output)
    return found[0].rstrip(".,;:)") if found else ""
