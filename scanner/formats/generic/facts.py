"""What a generic finding says, from whichever of the fields say it."""

from scanner.model import Finding, Package, Tag
from scanner.normalize.details import details, excerpt
from scanner.normalize.dismissal import Dismissal
from scanner.normalize.identifiers import advisory_ids, cwes, reference_ids
from scanner.normalize.packages import upgrade, versions
from scanner.normalize.severity import cvss_score, highest, rating
from scanner.normalize.text import first, joined, plain
from scanner.normalize.urls import path

_ON, _OFF = {"true", "yes", "1"}, {"false", "no", "0"}


def place(*, location: str, url: str, param: str, file_path: str, line: str, component: str, version: str, own_id: str) -> str:
    """The most telling place that the record has, with what tells it from others at the same place."""
    if location:
        return location
    at = f"{file_path}:{line}" if line and file_path else file_path
    package = f"{component}@{version}" if version and component else component
    parts = (path(url) if url else "", f"parameter {param}" if param else "", at, package)
    return joined(*parts, separator=" ") or own_id


def level(word: str, scores: list[float | None], vectors: list[str]) -> float:
    """The word; where it says nothing the highest score, given or computed."""
    return rating(word, highest([*scores, *map(cvss_score, vectors)]))


def put_aside(*states: tuple[object, Dismissal]) -> Dismissal | None:
    """The reason of the first state that is on; what a tracker writes for it is a boolean, or a word for one."""
    return next((reason for value, reason in states if str(value).strip().casefold() in _ON), None)


def is_off(value: object) -> bool:
    return str(value).strip().casefold() in _OFF


def make(
    *,
    title: str,
    severity: float,
    description: str,
    impact: str,
    remedy: str,
    location: str,
    ids: list[str],
    weaknesses: list[str],
    published: str,
    component: str,
    version: str,
    fixed: str,
    tags: dict[str, str],
    facts: dict[str, object],
) -> Finding:
    fix_versions = versions(fixed)
    return Finding(
        name=title.strip(),
        severity=severity,
        description=joined(plain(description), f"Impact: {plain(impact)}" if impact.strip() else ""),
        remedy=first(plain(remedy), upgrade(component, version, fix_versions) if component else ""),
        location=location,
        reference_ids=reference_ids([*ids, *advisory_ids(title)]),
        cwes=cwes(weaknesses),
        published_date_time=published,
        packages=[Package(component, version, fix_versions=fix_versions)] if component else [],
        details=details(**{name: excerpt(fact) if isinstance(fact, str) else fact for name, fact in facts.items()}),
        tags=[Tag(value, key) for key, value in tags.items()],
    )
