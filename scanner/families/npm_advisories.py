"""Advisories of npm's registry, as npm 6, pnpm and Yarn 1 to 3 print them: each with the places of its package."""

import re
from collections.abc import Callable, Iterator

import msgspec

from scanner.format import Section
from scanner.model import Asset, Finding, Package
from scanner.normalize.dates import date
from scanner.normalize.identifiers import advisory_ids, cwes, reference_ids
from scanner.normalize.packages import upgrade
from scanner.normalize.severity import cvss_score, rating
from scanner.normalize.text import first

_PATHS = 20
_PATCHED = re.compile(r">=?\s*([^\s|<>=,]+)")
"""The lower ends of ranges like ``>=1.2.3 <2.0.0 || >=2.0.1``."""


class Installed(msgspec.Struct, gc=False):
    version: str | None = None
    paths: list[str] | None = None


class Cvss(msgspec.Struct, rename="camel", gc=False):
    vector_string: str | None = None


class Advisory(msgspec.Struct, gc=False):
    findings: list[Installed] | None = None
    title: str | None = None
    module_name: str | None = None
    cves: list[str] | None = None
    github_advisory_id: str | None = None
    vulnerable_versions: str | None = None
    patched_versions: str | None = None
    overview: str | None = None
    recommendation: str | None = None
    references: str | None = None
    severity: str | None = None
    cwe: list[str] | str | None = None
    """One, several, or several in a text that is JSON again, as the years went by."""
    cvss: Cvss | None = None
    url: str | None = None
    created: str | None = None


class Report(msgspec.Struct):
    advisories: dict[str, msgspec.Raw]


def sections(asset: Asset) -> Callable[[Report], Iterator[Section]]:
    """Sections of a report whose asset is this one: none of the tools names the project."""

    def made(report: Report) -> Iterator[Section]:
        yield Section(list(report.advisories.values()), finding, Advisory, asset=asset, place="advisories")

    return made


def finding(record: Advisory, _: None) -> Finding:
    module = record.module_name or ""
    installed = list(dict.fromkeys(found.version for found in record.findings or () if found.version))
    fixed = _PATCHED.findall(record.patched_versions or "")
    ids = reference_ids((*(record.cves or ()), record.github_advisory_id, *advisory_ids(record.url)))
    return Finding(
        name=first(*ids, record.title, f"Vulnerability in {module}"),
        severity=rating(record.severity, cvss_score(record.cvss.vector_string) if record.cvss else None),
        description=first(record.overview, record.title),
        remedy=first(record.recommendation, upgrade(module, ", ".join(installed), fixed)),
        location=f"{module}@{','.join(installed)}" if installed else module,
        reference_ids=ids,
        cwes=cwes(record.cwe if isinstance(record.cwe, list) else [record.cwe]),
        published_date_time=date(record.created),
        packages=[Package(module, version, fix_versions=fixed) for version in installed or [""]] if module else [],
        details=_details(record),
    )


def _details(record: Advisory) -> dict[str, object]:
    facts = {
        "title": record.title,
        "vulnerable": record.vulnerable_versions,
        "patched": record.patched_versions,
        "paths": [path for found in record.findings or () for path in found.paths or ()][:_PATHS],
        "cvss": record.cvss.vector_string if record.cvss else None,
        "references": record.references,
        "url": record.url,
    }
    return {key: value for key, value in facts.items() if value}
