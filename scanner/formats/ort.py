"""OSS Review Toolkit: the evaluated model of its reporter, which names packages by number, and the result file of its evaluator
or advisor as JSON, which names them by their id.

Findings are violations of rules and vulnerabilities. What has a resolution was decided by somebody. Issues are what ORT itself
could not do, so they are told as skipped.
"""

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from scanner import assets
from scanner.families.scanned import failed, quoted, scanned
from scanner.format import Format, Section
from scanner.model import Asset, AssetType, Dismissed, Finding, Package
from scanner.normalize.details import details
from scanner.normalize.dismissal import Dismissal
from scanner.normalize.identifiers import reference_ids
from scanner.normalize.packages import upgrade
from scanner.normalize.severity import HIGH, LOW, MEDIUM, cvss_score, rating
from scanner.normalize.text import first, joined
from scanner.shapes.json import JsonSignature, JsonVariant

_LEVELS = {"error": HIGH, "warning": MEDIUM, "hint": LOW}


class Reference(msgspec.Struct):
    url: str | None = None
    scoring_system: str | None = None
    severity: str | float | None = None
    score: float | None = None
    vector: str | None = None


class Vulnerability(msgspec.Struct):
    id: str
    pkg: int | None = None
    summary: str | None = None
    description: str | None = None
    references: list[Reference] | None = None
    resolutions: list[msgspec.Raw] | None = None


class Violation(msgspec.Struct):
    rule: str
    pkg: int | str | None = None
    license: int | str | None = None
    license_source: str | None = None
    severity: str | None = None
    message: str | None = None
    how_to_fix: str | None = None
    resolutions: list[msgspec.Raw] | None = None


class Numbered(msgspec.Struct):
    number: int = msgspec.field(name="_id", default=-1)
    id: str | None = None
    purl: str | None = None


class Issue(msgspec.Struct):
    source: str | None = None
    message: str | None = None
    severity: str | None = None
    resolutions: list[msgspec.Raw] | None = None


class Vcs(msgspec.Struct):
    url: str | None = None


class Repository(msgspec.Struct):
    vcs_processed: Vcs | None = None
    vcs: Vcs | None = None


class Model(msgspec.Struct):
    """What the reporter writes."""

    packages: list[Numbered] | None = None
    licenses: list[Numbered] | None = None
    issues: list[Issue] | None = None
    rule_violations: list[msgspec.Raw] | None = None
    vulnerabilities: list[msgspec.Raw] | None = None
    repository: Repository | None = None


class Evaluator(msgspec.Struct):
    violations: list[msgspec.Raw] | None = None


class Advisor(msgspec.Struct):
    results: dict[str, Any] | None = None


class Result(msgspec.Struct):
    """What the tools hand on to one another."""

    repository: Repository | None = None
    advisor: Advisor | None = None
    evaluator: Evaluator | None = None


class Names(msgspec.Struct):
    packages: dict[int, str]
    licenses: dict[int, str]


def model_sections(model: Model) -> Iterator[Section]:
    asset = _asset(model.repository)
    names = Names(_by_number(model.packages), _by_number(model.licenses))
    if model.rule_violations is None:
        yield failed("the report has no rule_violations, not even an empty list", "rule_violations")
        return
    yield scanned(asset)
    open_issues = (each for each in model.issues or () if not each.resolutions and each.severity == "ERROR")
    if words := quoted(joined(each.source, each.message, separator=": ") for each in open_issues):
        yield failed(words, "issues")
    yield Section(model.rule_violations or (), violation, Violation, asset, names, place="rule_violations")
    yield Section(model.vulnerabilities or (), vulnerability, Vulnerability, asset, names, place="vulnerabilities")


def result_sections(result: Result) -> Iterator[Section]:
    asset, names = _asset(result.repository), Names({}, {})
    if result.evaluator is None and result.advisor is None:
        yield failed("it is the result of a tool that looks for neither violations nor vulnerabilities", "evaluator")
        return
    yield scanned(asset)
    if result.evaluator:
        yield Section(result.evaluator.violations or (), violation, Violation, asset, names, place="evaluator.violations")
    for package, found in _advised((result.advisor or Advisor()).results or {}):
        place = f"advisor.results.{package}"
        yield Section(found, of_package, None, asset, package, place=place)


def _advised(results: dict[str, Any]) -> Iterator[tuple[str, list[Any]]]:
    """Package → its vulnerabilities; until version 25 one level deeper."""
    for package, answers in results.get("advisor_results", results).items():
        for answer in answers if isinstance(answers, list) else ():
            yield package, answer.get("vulnerabilities") or []


def of_package(record: Any, package: str) -> Finding | Dismissed:
    return _vulnerability(msgspec.convert(record, Vulnerability, strict=False), package)


def violation(record: Violation, names: Names) -> Finding | Dismissed:
    package = _package(record.pkg, names)
    licence = names.licenses.get(record.license, "") if isinstance(record.license, int) else record.license or ""
    found = Finding(
        name=record.rule,
        severity=rating(record.severity, scale=_LEVELS),
        description=first(record.message, record.rule),
        remedy=first(record.how_to_fix),
        location=" ".join(filter(None, (package, licence and f"({licence})"))),
        packages=_packages(package),
        details=details(message=record.message, licence=licence, licence_source=record.license_source, package=package),
    )
    return Dismissed(found, Dismissal.RISK_ACCEPTED, "it has a resolution") if record.resolutions else found


def vulnerability(record: Vulnerability, names: Names) -> Finding | Dismissed:
    return _vulnerability(record, _package(record.pkg, names))


def _vulnerability(record: Vulnerability, package: str) -> Finding | Dismissed:
    references = record.references or []
    found = Finding(
        name=record.id,
        severity=rating(*_ratings(references)),
        description=joined(record.summary, record.description),
        remedy=upgrade(package, "", []),
        location=package,
        reference_ids=reference_ids((record.id,)),
        packages=_packages(package),
        details=details(
            package=package,
            cvss=[each.vector for each in references if each.vector],
            references=list(dict.fromkeys(each.url for each in references if each.url)),
        ),
    )
    return Dismissed(found, Dismissal.RISK_ACCEPTED, "it has a resolution") if record.resolutions else found


def _ratings(references: Iterable[Reference]) -> tuple[Any, ...]:
    """Words, which may be numbers too, then CVSS."""
    words = [each.severity for each in references if isinstance(each.severity, str) and not _is_number(each.severity)]
    scores = [cvss_score(each.vector) or each.score for each in references if "CVSS" in (each.scoring_system or "CVSS").upper()]
    numbers = [float(each.severity) for each in references if each.severity is not None and _is_number(each.severity)]
    return (words[0] if words else None, *scores, *numbers)


def _is_number(word: str | float) -> bool:
    return not isinstance(word, str) or word.replace(".", "", 1).isdigit()


def _package(number: int | str | None, names: Names) -> str:
    return names.packages.get(number, "") if isinstance(number, int) else number or ""


def _packages(id_: str) -> list[Package]:
    """Of ``Maven:group:name:version``."""
    parts = id_.split(":")
    return [Package("/".join(filter(None, parts[1:3])), parts[3])] if len(parts) == 4 else []


def _by_number(things: Iterable[Numbered] | None) -> dict[int, str]:
    return {each.number: each.id or "" for each in things or ()}


def _asset(repository: Repository | None) -> Asset:
    known = repository or Repository()
    url = (known.vcs_processed and known.vcs_processed.url) or (known.vcs and known.vcs.url) or ""
    return assets.repository(url.removeprefix("https://").removesuffix(".git") or "ort", origin="ort")


FORMAT = Format(
    slug="ort",
    scanner="OSS Review Toolkit",
    asset_type=AssetType.REPOSITORY,
    names=("ORT evaluated model Importer",),
    aliases=("oss_review_toolkit",),
    produce="ort report -i evaluation-result.json -f EvaluatedModel -o reports",
    sources=(
        "https://github.com/oss-review-toolkit/ort/tree/main/plugins/reporters/evaluated-model/src/main/kotlin",
        "https://oss-review-toolkit.org/ort/docs/tools/advisor",
    ),
    variants=(
        JsonVariant(JsonSignature(keys={"rule_violations", "packages", "dependency_trees", "licenses"}), Model, model_sections),
        JsonVariant(JsonSignature(keys={"repository", "analyzer", "scanner", "advisor", "evaluator"}), Result, result_sections),
    ),
)
