"""Advisory and weakness ids: CVE, GHSA and other advisories on one side, CWE on the other, each once and in one spelling."""

import re
from collections.abc import Sequence

from scanner.normalize.remembering import answered

_ADVISORY = re.compile(
    r"\b(CVE-\d{4}-\d{3,}|GHSA(?:-[0-9a-z]{4}){3}|RHSA-\d{4}:\d+|RUSTSEC-\d{4}-\d+|PYSEC-\d{4}-\d+|GO-\d{4}-\d+|DSA-\d+(?:-\d+)?"
    r"|USN-\d+-\d+|ALAS[0-9A-Z]*-\d{4}-\d+|TEMP-\d+-\w+|OSV-\d{4}-\d+|MAL-\d{4}-\d+|SNYK-[A-Z]+-[A-Z0-9]+-\d+)\b",
    re.IGNORECASE,
)
_CWE = re.compile(r"\bCWE[-_: ]?(?:ID)?[-_: ]?0*(\d{1,5})\b", re.IGNORECASE)
_CWE_URL = re.compile(r"cwe\.mitre\.org/data/definitions/0*(\d{1,5})", re.IGNORECASE)
_NUMBER = re.compile(r"^\s*0*(\d{1,5})\s*$")
_SPELLED: dict[str | int | None, list[str]] = {f"CWE-{number}": [f"CWE-{number}"] for number in range(1, 1_500)}
"""As nearly all ids are written: nothing is to be done with them. Lists that are returned may be others' too."""


def advisory_ids(*texts: str | None) -> list[str]:
    """All advisory ids that occur in the texts: CVE, GHSA, RHSA, RUSTSEC, DSA, USN, SNYK and the like; each once."""
    found: dict[str, None] = {}
    for text in texts:
        if text:
            for match in _ADVISORY.findall(text):
                found[advisory_id(match)] = None
    return list(found)


def advisory_id(text: str) -> str:
    """One id in its usual spelling: upper case, but for the lower-case body of a GHSA."""
    upper = text.strip().upper()
    return "GHSA" + upper[4:].lower() if upper.startswith("GHSA-") else upper


def reference_ids(values: Sequence[str | None]) -> list[str]:
    """Ids as given, spelled in one way, each once, CWEs and empty ones left out (see `cwes`). The list must not be changed."""
    if len(values) == 1:
        return _reference_ids(values[0])
    ids = [id_ for value in values for id_ in _reference_ids(value)]
    return ids if len(ids) < 2 else list(dict.fromkeys(ids))


@answered
def _reference_ids(text: str | None) -> list[str]:
    """None for a CWE."""
    id_ = advisory_id(text or "")
    return [id_] if id_ and not id_.startswith("CWE-") else []


def cwes(values: Sequence[str | int | None]) -> list[str]:
    """``CWE-79`` from numbers, ``cwe-079: XSS``, ``CWE-ID-79`` or a link to its page; each once; 0 is none.

    The list must not be changed.
    """
    if len(values) == 1 and (spelled := _SPELLED.get(values[0])):
        return spelled
    ids = [id_ for value in values for id_ in _SPELLED.get(value) or _cwes_in(value)]
    return ids if len(ids) < 2 else list(dict.fromkeys(ids))


@answered
def _cwes_in(value: str | int | None) -> tuple[str, ...]:
    text = "" if value is None else str(value)
    bare = _NUMBER.match(text)
    numbers = [bare[1]] if bare else _CWE.findall(text) + _CWE_URL.findall(text)
    return tuple(f"CWE-{int(number)}" for number in numbers if int(number))
