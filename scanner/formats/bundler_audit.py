"""bundler-audit: JSON (``--format json``, since 0.7) and the text that it prints (blocks of titles with values).

Besides gems with an advisory (``unpatched_gem``) it names sources without encryption (``insecure_source``).
"""

import re
from collections.abc import Iterable, Iterator

import msgspec

from scanner import assets
from scanner.families.scanned import failed
from scanner.format import Format, Section
from scanner.model import AssetType, Finding, Located, Package
from scanner.normalize.dates import date
from scanner.normalize.details import details
from scanner.normalize.identifiers import reference_ids
from scanner.normalize.packages import patched as first_patched
from scanner.normalize.packages import upgrade
from scanner.normalize.severity import rating
from scanner.normalize.text import first, joined
from scanner.shapes.facts import Kind
from scanner.shapes.json import JsonSignature, JsonVariant
from scanner.shapes.whole import TextSignature, WholeVariant

_ASSET = assets.build("Gemfile.lock")
_YEARS = re.compile(r"\d{4}-\d+")


class Gem(msgspec.Struct, gc=False):
    name: str | None = None
    version: str | None = None


class Advisory(msgspec.Struct, gc=False):
    id: str | None = None
    url: str | None = None
    title: str | None = None
    date: str | None = None
    description: str | None = None
    cvss_v2: float | None = None
    cvss_v3: float | None = None
    cve: str | None = None
    osvdb: str | int | None = None
    ghsa: str | None = None
    unaffected_versions: list[str] | None = None
    patched_versions: list[str] | None = None
    criticality: str | None = None


class Result(msgspec.Struct, gc=False):
    type: str
    gem: Gem | None = None
    advisory: Advisory | None = None
    source: str | None = None


class Report(msgspec.Struct):
    results: list[msgspec.Raw] | None = None


def sections(report: Report) -> Iterator[Section]:
    if report.results is None:
        yield failed("the report has no results, not even an empty list", "results")
        return
    yield Section(report.results, result, Result, asset=_ASSET, place="results")


def result(record: Result, _: None) -> Finding:
    if record.advisory is None:
        return _insecure_source(record.source or "")
    return _vulnerable(record.gem or Gem(), record.advisory, ", ".join(record.advisory.patched_versions or ()))


def text_findings(data: bytes) -> Iterable[Located]:
    """Blocks of lines ``Title: value``, and lines about insecure sources; what else it prints is its summary."""
    for block in re.split(r"\r?\n[ \t]*\r?\n", data.decode("utf-8", "replace")):
        lines = [line.strip() for line in block.splitlines()]
        for line in lines:
            if line.startswith("Insecure Source URI found:"):
                yield Located(_ASSET, _insecure_source(line.partition(":")[2].strip()))
        said = {title: value.strip() for title, colon, value in (line.partition(": ") for line in lines) if colon}
        if "Name" in said and "Version" in said:
            yield Located(_ASSET, _of_text(said))


def _of_text(said: dict[str, str]) -> Finding:
    solution = said.get("Solution", "")
    advisory = Advisory(
        id=said.get("Advisory"),
        cve=said.get("CVE"),
        ghsa=said.get("GHSA"),
        url=said.get("URL"),
        title=said.get("Title"),
        criticality=said.get("Criticality"),
    )
    patched = solution.removeprefix("upgrade to ").replace("'", "") if solution.startswith("upgrade to ") else ""
    finding = _vulnerable(Gem(said["Name"], said["Version"]), advisory, patched)
    if not patched and solution:
        finding.remedy = solution
    return finding


def _vulnerable(gem: Gem, advisory: Advisory, patched: str) -> Finding:
    name, version = gem.name or "", gem.version or ""
    ids = reference_ids((_with_prefix("CVE-", advisory.cve), _with_prefix("GHSA-", advisory.ghsa), _known(advisory.id)))
    required = [each.strip() for each in patched.split(",") if each.strip()]
    fixed = first_patched(required)
    return Finding(
        name=first(*ids, advisory.title, f"Vulnerability in {name}"),
        severity=rating(advisory.criticality, advisory.cvss_v3, advisory.cvss_v2),
        description=joined(advisory.title, advisory.description),
        remedy=upgrade(name, version, fixed),
        location=f"{name}@{version}" if version else name,
        reference_ids=ids,
        published_date_time=date(advisory.date),
        packages=[Package(name, version, fix_versions=fixed)] if name else [],
        details=details(
            title=advisory.title,
            unaffected=advisory.unaffected_versions,
            patched=required,
            cvss_v2=advisory.cvss_v2,
            cvss_v3=advisory.cvss_v3,
            osvdb=advisory.osvdb,
            references=[advisory.url] if advisory.url else None,
        ),
    )


def _insecure_source(address: str) -> Finding:
    return Finding(
        name="Insecure gem source",
        severity=rating("medium"),
        description=f"Gems are fetched from {address} without encryption, so that they can be changed on their way.",
        remedy="Use an https:// address for the source.",
        location=address,
        cwes=["CWE-319"],
    )


def _with_prefix(prefix: str, id_: str | None) -> str:
    """Advisories write ``2024-1234``, their text ``CVE-2024-1234``."""
    text = (id_ or "").strip()
    return text if not text or text.upper().startswith(prefix) else prefix + text


def _known(id_: str | None) -> str:
    return "" if id_ and _YEARS.fullmatch(id_) else id_ or ""


FORMAT = Format(
    slug="bundler_audit",
    scanner="bundler-audit",
    asset_type=AssetType.BUILD,
    names=("Bundler-Audit Scan",),
    aliases=("bundle_audit",),
    produce="bundle audit check --update --format json --output report.json",
    sources=(
        "https://github.com/rubysec/bundler-audit/blob/master/lib/bundler/audit/cli/formats/json.rb",
        "https://github.com/rubysec/bundler-audit/blob/master/lib/bundler/audit/cli/formats/text.rb",
    ),
    variants=(
        JsonVariant(JsonSignature(keys={"version", "created_at", "results"}, root="object"), Report, sections),
        WholeVariant(TextSignature(Kind.TEXT, text=("Name: ", "Version: ", "Title: ", "Solution: ")), text_findings),
        WholeVariant(TextSignature(Kind.TEXT, text=("Insecure Source URI found",)), text_findings),
        # with --update; the last line alone is what many tools print
        WholeVariant(TextSignature(Kind.TEXT, text=("ruby-advisory-db", "No vulnerabilities found")), text_findings),
    ),
)
