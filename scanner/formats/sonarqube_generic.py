"""Generic issues that other tools write for SonarQube to import, in the shape of old and with ``rules`` beside the issues."""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from scanner import assets
from scanner.errors import RecordError
from scanner.families.checkouts import below_checkout
from scanner.families.records import Record, at, objects, rest, text, texts, told
from scanner.format import Format, Section
from scanner.model import AssetType, Finding, Located
from scanner.normalize.identifiers import advisory_ids, cwes
from scanner.normalize.severity import CRITICAL, HIGH, INFO, LOW, MEDIUM, rating
from scanner.normalize.text import first, joined, plain
from scanner.shapes.json import JsonSignature, JsonVariant

_LADDER = {
    "blocker": CRITICAL,
    "critical": HIGH,
    "high": HIGH,
    "major": MEDIUM,
    "medium": MEDIUM,
    "minor": LOW,
    "low": LOW,
    "info": INFO,
}
_READ = ("engineId", "ruleId", "severity", "type", "primaryLocation", "secondaryLocations")


class Report(msgspec.Struct):
    issues: list[msgspec.Raw]
    rules: Any = None


def sections(report: Report) -> Iterator[Section]:
    rules = {text(rule, "id"): rule for rule in objects({"rules": report.rules}, "rules")}
    yield Section(report.issues, located, dict, context=rules, place="issues")


def located(record: Record, rules: Mapping[str, Record]) -> Located:
    id_ = text(record, "ruleId")
    rule = rules.get(id_, {})
    place: Record = at(record, "primaryLocation") or {}
    message = text(place, "message")
    if not (id_ or message):
        raise RecordError("it has neither a rule nor a message")
    impacts = sorted(
        objects(rule, "impacts") or objects(record, "impacts"), key=lambda each: text(each, "softwareQuality") != "SECURITY"
    )
    word = first(*(text(each, "severity") for each in impacts), text(record, "severity"), text(rule, "severity"))
    where = [below_checkout(text(place, "filePath")), text(place, "textRange.startLine"), text(place, "textRange.startColumn")]
    tool = first(text(record, "engineId"), text(rule, "engineId"), "SonarQube generic issues")
    finding = Finding(
        name=first(text(rule, "name"), id_, message),
        description=joined(message, plain(text(rule, "description"))),
        severity=rating(word, scale=_LADDER),
        location=":".join(filter(None, where)),
        reference_ids=advisory_ids(message, id_),
        cwes=cwes([message, text(rule, "name"), text(rule, "description"), *texts(rule, "tags")]),
        details=told(
            rest(record, *_READ),
            rule=id_,
            type=first(text(record, "type"), text(rule, "type")),
            impacts=[f"{text(each, 'softwareQuality')}: {text(each, 'severity')}" for each in impacts],
            clean_code_attribute=text(rule, "cleanCodeAttribute"),
            end_line=text(place, "textRange.endLine"),
            other_locations=[
                ": ".join(filter(None, (text(each, "filePath"), text(each, "textRange.startLine"), text(each, "message"))))
                for each in objects(record, "secondaryLocations")
            ],
        ),
    )
    return Located(assets.code(tool, origin=tool), finding)


FORMAT = Format(
    slug="sonarqube_generic",
    scanner="SonarQube generic issues",
    asset_type=AssetType.CODE,
    names=("SonarQube Generic Issue Data",),
    aliases=("sonarqube_generic_issues", "sonar_generic"),
    is_exchanged=True,
    produce="a linter's format named sonarqube",
    sources=(
        "https://docs.sonarsource.com/sonarqube-server/analyzing-source-code/importing-external-issues/generic-issue-import-format/",
    ),
    variants=(
        JsonVariant(JsonSignature(keys={"issues[].ruleId", "issues[].primaryLocation"}, root="object"), Report, sections),
        JsonVariant(JsonSignature(keys={"issues", "rules[].engineId", "rules[].id"}, root="object"), Report, sections),
    ),
)
