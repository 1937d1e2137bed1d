"""Threat Composer: threats of a model, with the mitigations and assumptions that are linked to them.

A threat that is resolved is fixed, or was found not to be useful; its priority is one of its metadata.
"""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import msgspec

from scanner.assets import repository
from scanner.errors import RecordError
from scanner.families.records import Record, at, objects, text, texts
from scanner.families.scanned import failed
from scanner.format import Format, Section
from scanner.model import AssetType, Dismissed, Finding
from scanner.normalize.details import details
from scanner.normalize.dismissal import Dismissal
from scanner.normalize.identifiers import advisory_ids, cwes
from scanner.normalize.severity import severity
from scanner.shapes.json import JsonSignature, JsonVariant

_RESOLVED = {"threatresolved": Dismissal.FIXED, "threatresolvednotuseful": Dismissal.FALSE_POSITIVE}
_STATES = {"mitigationIdentified": "identified", "mitigationInProgress": "in progress"}
_NAME_CHARACTERS = 300


class Model(msgspec.Struct, rename="camel"):
    application_info: dict[str, Any] | None = None
    threats: list[msgspec.Raw] | None = None
    mitigations: list[dict[str, Any]] | None = None
    assumptions: list[dict[str, Any]] | None = None
    mitigation_links: list[dict[str, Any]] | None = None
    assumption_links: list[dict[str, Any]] | None = None


Linked = dict[str, dict[str, list[str]]]
"""Id of a threat → what is linked to it, by kind."""


def model_sections(model: Model) -> Iterator[Section]:
    asset = repository(text(model.application_info, "name") or "threat_composer", origin="threat_composer")
    if model.threats is None:
        yield failed("it has no threats", "threats")
        return
    yield Section(model.threats, threat_finding, dict[str, Any], asset, _linked(model), place="threats")


def _linked(model: Model) -> Linked:
    mitigations = {text(each, "id"): _mitigation(each) for each in model.mitigations or ()}
    assumptions = {text(each, "id"): text(each, "content") for each in model.assumptions or ()}
    found: Linked = defaultdict(lambda: {"mitigations": [], "assumptions": []})
    for link in model.mitigation_links or ():
        found[text(link, "linkedId")]["mitigations"] += filter(None, [mitigations.get(text(link, "mitigationId"))])
    for link in model.assumption_links or ():
        found[text(link, "linkedId")]["assumptions"] += filter(None, [assumptions.get(text(link, "assumptionId"))])
    return dict(found)


def _mitigation(record: Record) -> str:
    state = _STATES.get(text(record, "status"), "")
    return f"{text(record, 'content')} ({state})" if state else text(record, "content")


def threat_finding(record: Record, linked: Linked) -> Finding | Dismissed:
    action = text(record, "threatAction", "statement")
    if not action:
        raise RecordError("it says nothing of a threat")
    known = {text(each, "key"): at(each, "value") for each in objects(record, "metadata")}
    tags, id_ = texts(record, "tags"), text(record, "id")
    around = linked.get(id_, {"mitigations": [], "assumptions": []})
    comment = text(known, "Comments")
    finding = Finding(
        name=action[:_NAME_CHARACTERS],
        severity=severity(text(known, "Priority")),
        location=f"threat {text(record, 'numericId') or id_}",
        description="\n\n".join(filter(None, (text(record, "statement"), comment))),
        remedy="\n".join(around["mitigations"]),
        reference_ids=advisory_ids(*tags),
        cwes=cwes([tag for tag in tags if tag.upper().startswith("CWE")]),
        details=details(
            id=id_,
            source=text(record, "threatSource"),
            prerequisites=text(record, "prerequisites"),
            impact=text(record, "threatImpact"),
            assets=texts(record, "impactedAssets"),
            goals=texts(record, "impactedGoal"),
            stride=texts(known, "STRIDE"),
            status=text(record, "status"),
            tags=tags,
            assumptions=around["assumptions"],
        ),
    )
    reason = _RESOLVED.get(text(record, "status").casefold())
    return Dismissed(finding, reason, comment) if reason else finding


FORMAT = Format(
    slug="threat_composer",
    scanner="Threat Composer",
    asset_type=AssetType.REPOSITORY,
    variants=(
        JsonVariant(
            JsonSignature(
                keys={"schema", "applicationInfo"},
                any_of=({"threats", "mitigations", "assumptions"}, {"dataflow", "architecture"}),
            ),
            Model,
            model_sections,
        ),
    ),
    names=("ThreatComposer Scan",),
    produce="Workspace > Export data",
    sources=("https://github.com/awslabs/threat-composer",),
)
