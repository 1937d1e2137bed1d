"""Which value of a record is probably what, by its name and by what stands in it."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from scanner.mappings.values import texts_of
from scanner.normalize.dates import date
from scanner.normalize.severity import is_rated, severity

Values = Mapping[str, list[Any]]
"""Path → what stands there in the records of a sample."""

_NAMES: dict[str, str] = {
    "name": "title name check_name rule_name test_name plugin_name vulnerability_name issue_name rule_id test_id check_id "
    "rule id check vulnerability issue type code summary",
    "severity": "severity issue_severity severity_level risk_level level risk priority threat criticality rating",
    "file": "file filename file_name filepath file_path path source_file location_file location_path uri artifact",
    "line": "line line_number lineno start_line line_start begin_line startline row",
    "host": "host hostname host_name ip ip_address address target",
    "url": "url uri matched_at request_url endpoint",
    "image": "image image_name image_ref container_image artifact_name",
    "package": "package package_name pkg_name pkgname component library module dependency artifact",
    "version": "installed_version package_version current_version version",
    "fixed": "fixed_version fix_version fixed_in fix_versions patched_versions patched_version fixed_versions",
    "description": "description message issue_text details detail long_description overview text output desc",
    "remedy": "remediation recommendation solution fix resolution mitigation remedy guidance how_to_fix",
    "ids": "cve cve_id cves cve_ids vulnerability_id advisory advisory_id vuln_id ghsa aliases identifiers",
    "cwes": "cwe cwe_id cwes cwe_ids cweid",
    "score": "cvss_score cvss cvss_base_score base_score cvssscore cvss_v3_score cvss3_score",
    "vector": "cvss_vector vector cvss_v3_vector cvss3_vector vector_string",
    "published": "published published_date publish_date published_at disclosure_date",
    "state": "state status suppressed is_suppressed resolution_status",
}
"""Part of a finding → names that tools give it, the surest first."""
_CVE = re.compile(r"CVE-\d{4}-\d{3,}")
_CWE = re.compile(r"CWE-?\d+", re.IGNORECASE)
_LOOKED_AT = 50


@dataclass(frozen=True, slots=True)
class Guess:
    part: str
    path: str
    why: str


def guessed(values: Values) -> dict[str, Guess]:
    """Part → the path that fits best; parts for which none fits are left out, and no path is taken twice."""
    found: dict[str, Guess] = {}
    taken: set[str] = set()
    for part, names in _NAMES.items():
        ranked = sorted(_fitting(part, names.split(), values))
        path = next((path for _, path in ranked if path not in taken), "")
        if path:
            found[part] = Guess(part, path, f"it is called so, and is there in {_share(values[path])}")
            taken.add(path)
    for part, pattern in (("ids", _CVE), ("cwes", _CWE)):
        if part not in found:
            path = next((path for path in values if path not in taken and _mostly(pattern, values[path])), "")
            if path:
                found[part] = Guess(part, path, "by what stands in it")
    return found


def likeness(values: Values) -> int:
    """How many parts of a finding records of these values seem to have."""
    return len(guessed({path: seen for path, seen in values.items() if "[]" not in path}))


def _fitting(part: str, names: list[str], values: Values) -> Iterator[tuple[tuple[int, int], str]]:
    for path, seen in values.items():
        spelled = _spelled(path)
        last = spelled.rpartition(".")[2]
        whole = spelled.replace(".", "_")
        if part == "line" and "end" in re.split(r"[._]", spelled):
            continue
        rank = next((rank for rank, name in enumerate(names) if name in (last, whole) or whole.endswith(f"_{name}")), None)
        if rank is not None and _fits(part, seen):
            yield (rank, spelled.count(".")), path


def _fits(part: str, seen: list[Any]) -> bool:
    """Whether what stands there can be that part."""
    texts = _texts(seen)
    if not texts:
        return False
    match part:
        case "severity":
            return all(is_rated(severity(text)) or len(text) < 20 for text in texts)
        case "line":
            return all(text.isdigit() for text in texts)
        case "score":
            return all(text.replace(".", "", 1).isdigit() for text in texts)
        case "vector":
            return any(":" in text and "/" in text for text in texts)
        case "published":
            return all(date(text) for text in texts)
        case "url":
            return any("://" in text for text in texts)
        case "ids" | "cwes":
            return any(any(character.isdigit() for character in text) for text in texts)
        case "file":
            return not any("://" in text or "\n" in text for text in texts)
        case "state":
            return len(set(texts)) < 12 and all(len(text) < 30 for text in texts)
        case _:
            return True


def _texts(seen: Iterable[Any]) -> list[str]:
    return [text for value in list(seen)[:_LOOKED_AT] for text in texts_of(value)]


def _mostly(pattern: re.Pattern[str], seen: list[Any]) -> bool:
    texts = _texts(seen)
    return bool(texts) and sum(bool(pattern.fullmatch(text)) for text in texts) * 2 > len(texts)


def _share(seen: list[Any]) -> str:
    there = sum(bool(texts_of(value)) for value in seen)
    return f"{there} of {len(seen)} records"


def _spelled(path: str) -> str:
    """In lower case, words parted by ``_``: ``checkName`` and ``Check Name`` are one."""
    path = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", path.replace("[]", "").replace("/", ".").replace("@", "").replace('"', ""))
    return re.sub(r"[\s-]+", "_", path).casefold()
