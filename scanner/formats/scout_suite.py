"""Scout Suite: the results that its HTML report loads (``scoutsuite_results_*.js``), JSON behind one line of JavaScript."""

from collections.abc import Iterator
from typing import Any

import msgspec

from scanner import assets
from scanner.errors import RecordError
from scanner.families.records import Record, at, objects, rest, text, texts, told
from scanner.families.scanned import failed, scanned
from scanner.format import Format, Section
from scanner.model import Asset, AssetType, Finding, Located
from scanner.normalize.severity import CRITICAL, INFO, MEDIUM, rating
from scanner.normalize.text import first, joined, plain
from scanner.shapes.json import JsonSignature, JsonVariant

_SCALE = {"danger": CRITICAL, "warning": MEDIUM, "good": INFO}
_CLOUDS = {"aws": "AWS", "azure": "AZURE", "gcp": "GCP"}
_REGION = "regions"


class Report(msgspec.Struct):
    services: dict[str, Any] | None = None
    provider_code: str | None = None
    account_id: str | int | None = None
    project_id: str | None = None


class Around(msgspec.Struct, frozen=True):
    provider: str
    account: str
    service: str


def sections(report: Report) -> Iterator[Section]:
    if report.services is None:
        yield failed("it has no services", "services")
        return
    provider, account = report.provider_code or "aws", first(str(report.account_id or ""), report.project_id, "unknown")
    yield scanned(_asset(Around(provider, account, ""), "", ""))
    for name, service in report.services.items():
        rules = at(service, "findings") or {}
        records = [
            {**rule, "rule": id_, "found": [_named(service, path) for path in texts(rule, "items")]}
            if isinstance(rule, dict)
            else rule
            for id_, rule in rules.items()
            if not isinstance(rule, dict) or texts(rule, "items")
        ]
        yield Section(records, from_rule, context=Around(provider, account, name), place=f"services.{name}.findings")


def _named(service: object, path: str) -> list[str]:
    """A path within the report, the name of the resource that it leads through, and its region."""
    here: Any = service
    name, steps = "", path.split(".")[1:]
    for step in steps:
        here = at(here, step)
        name = first(text(here, "arn"), text(here, "name"), name)
    region = steps[steps.index(_REGION) + 1] if _REGION in steps[:-1] else ""
    return [path, name, region]


def from_rule(record: Record, around: Around) -> list[Located]:
    """One per item that a rule has flagged."""
    if not isinstance(record, dict):
        raise RecordError("it is no rule")
    return [
        Located(_asset(around, name, region), _finding(record, path, name, around)) for path, name, region in record["found"]
    ]


def _asset(around: Around, name: str, region: str) -> Asset:
    provider = _CLOUDS.get(around.provider)
    if provider is None:
        return assets.infra(hostname=f"{around.provider}:{around.account}")
    return assets.cloud(provider=provider, account=around.account, region=first(region, "global"), resource=name)


def _finding(record: Record, path: str, name: str, around: Around) -> Finding:
    compliance = [
        " ".join(filter(None, (text(each, key) for key in ("name", "version", "reference"))))
        for each in objects(record, "compliance")
    ]
    return Finding(
        name=first(text(record, "description"), text(record, "rule")),
        description=joined(plain(text(record, "rationale")), f"Resource: {name}" if name else ""),
        remedy=plain(text(record, "remediation")),
        severity=rating(text(record, "level"), scale=_SCALE),
        location=path,
        details=told(
            rest(
                record,
                *(
                    "description",
                    "rule",
                    "rationale",
                    "remediation",
                    "level",
                    "service",
                    "dashboard_name",
                    "compliance",
                    "references",
                ),
                *("checked_items", "flagged_items", "items", "found", "path", "display_path", "id_suffix", "class_suffix"),
            ),
            rule=text(record, "rule"),
            service=first(text(record, "service"), around.service),
            resource=name,
            dashboard=text(record, "dashboard_name"),
            level=text(record, "level"),
            compliance=compliance,
            references=texts(record, "references"),
            checked=record.get("checked_items"),
            flagged=record.get("flagged_items"),
        ),
    )


FORMAT = Format(
    slug="scout_suite",
    scanner="Scout Suite",
    asset_type=AssetType.CLOUD,
    names=("Scout Suite Scan",),
    aliases=("scoutsuite",),
    produce="scout aws: scoutsuite-report/scoutsuite-results/scoutsuite_results_*.js",
    sources=(
        "https://github.com/nccgroup/ScoutSuite/wiki/",
        "https://github.com/nccgroup/ScoutSuite/blob/master/ScoutSuite/core/processingengine.py",
    ),
    variants=(
        JsonVariant(JsonSignature(keys={"account_id", "provider_code", "services"}, root="object"), Report, sections),
        JsonVariant(JsonSignature(keys={"services", "service_list", "last_run"}, root="object"), Report, sections),
    ),
)
