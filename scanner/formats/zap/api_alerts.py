"""The answer of ZAP's API to ``core/view/alerts`` or ``alert/view/alerts``: one record per request that showed it."""

from collections.abc import Iterator

import msgspec

from scanner.assets import web
from scanner.families.scanned import failed
from scanner.format import Section
from scanner.formats.zap.alerts import alert_place
from scanner.model import Dismissed, Finding, Located
from scanner.normalize.details import details, excerpt, lines
from scanner.normalize.dismissal import Dismissal, dismissal
from scanner.normalize.identifiers import advisory_ids, cwes
from scanner.normalize.severity import severity
from scanner.normalize.text import first, joined
from scanner.normalize.urls import site
from scanner.shapes.json import JsonSignature, JsonVariant


class Alert(msgspec.Struct, gc=False):
    alert: str | None = None
    name: str | None = None
    risk: str | None = None
    confidence: str | None = None
    url: str | None = None
    method: str | None = None
    param: str | None = None
    attack: str | None = None
    evidence: str | None = None
    description: str | None = None
    other: str | None = None
    solution: str | None = None
    reference: str | None = None
    plugin_id: str | None = msgspec.field(default=None, name="pluginId")
    alert_ref: str | None = msgspec.field(default=None, name="alertRef")
    cweid: str | None = None
    wascid: str | None = None


class Answer(msgspec.Struct):
    alerts: list[msgspec.Raw] | None = None


def sections(answer: Answer) -> Iterator[Section]:
    if answer.alerts is None:
        yield failed("the answer has no alerts, not even an empty list", "alerts")
    else:
        yield Section(answer.alerts, alert_finding, record=Alert, place="alerts")


def alert_finding(alert: Alert, _: None) -> Located:
    parameter = f"[{alert.param}]" if alert.param else ""
    finding = Finding(
        name=first(alert.name, alert.alert, alert.plugin_id),
        description=joined(alert.description, alert.other),
        remedy=alert.solution or "",
        severity=severity(alert.risk),
        location=alert_place(joined(alert.method, alert.url, parameter, separator=" "), alert.alert_ref, alert.plugin_id),
        reference_ids=advisory_ids(alert.name, alert.alert, alert.reference, alert.other),
        cwes=cwes([alert.cweid]),
        details=details(
            plugin_id=alert.plugin_id,
            confidence=alert.confidence,
            wasc=alert.wascid,
            attack=excerpt(alert.attack),
            evidence=excerpt(alert.evidence),
            references=lines(alert.reference),
        ),
    )
    is_false = dismissal(alert.confidence) is Dismissal.FALSE_POSITIVE
    asset = web(site(alert.url) or "zap")
    return Located(asset, Dismissed(finding, Dismissal.FALSE_POSITIVE) if is_false else finding)


VARIANT = JsonVariant(
    signature=JsonSignature(keys={"alerts[].pluginId", "alerts[].risk", "alerts[].alert"}, root="object"),
    envelope=Answer,
    sections=sections,
)
