"""An alert of ZAP, as the XML and the JSON report write it: one weakness of a site, with the requests that showed it."""

import msgspec

from scanner.model import Dismissed, Finding
from scanner.normalize.details import details, excerpt, lines
from scanner.normalize.dismissal import Dismissal
from scanner.normalize.identifiers import advisory_ids, cwes
from scanner.normalize.severity import HIGH, INFO, LOW, MEDIUM, severity
from scanner.normalize.text import first, plain

_INSTANCES = 25
"""Kept in the details; an alert has had tens of thousands."""
_RISKS = {"0": INFO, "1": LOW, "2": MEDIUM, "3": HIGH}
_FALSE_POSITIVE = "0"

Code = str | int | None
"""ZAP writes its numbers as text; tools that rewrite its reports do not."""


class Instance(msgspec.Struct, gc=False, omit_defaults=True):
    uri: str | None = None
    method: str | None = None
    param: str | None = None
    attack: str | None = None
    evidence: str | None = None
    otherinfo: str | None = None


class Alert(msgspec.Struct, gc=False):
    pluginid: Code = None
    alert_ref: str | None = msgspec.field(default=None, name="alertRef")
    alert: str | None = None
    name: str | None = None
    riskcode: Code = None
    riskdesc: str | None = None
    confidence: Code = None
    desc: str | None = None
    instances: list[Instance] | None = None
    count: Code = None
    solution: str | None = None
    otherinfo: str | None = None
    reference: str | None = None
    cweid: Code = None
    wascid: Code = None


def alert_finding(alert: Alert, site: str) -> Finding | Dismissed:
    """``site`` is the origin that was scanned: an alert comes once for it, and its requests change from scan to scan.

    An alert that its user has marked as a false positive (confidence 0) is dismissed.
    """
    finding = _finding(alert, site)
    return Dismissed(finding, Dismissal.FALSE_POSITIVE) if str(alert.confidence) == _FALSE_POSITIVE else finding


def alert_place(where: str, reference: str | None, plugin_id: Code) -> str:
    """Where, and which of a plugin's alerts: since ZAP 2.11 one plugin may raise several of one name, told by ``alertRef``."""
    return f"{where} [{reference}]" if reference and reference != str(plugin_id) else where


def _finding(alert: Alert, site: str) -> Finding:
    instances = alert.instances or []
    notes = [alert.otherinfo, *(instance.otherinfo for instance in instances)]
    return Finding(
        name=first(alert.name, alert.alert, str(alert.pluginid or "")),
        description=plain(alert.desc),
        remedy=plain(alert.solution),
        severity=_RISKS.get(str(alert.riskcode)) or severity((alert.riskdesc or "").partition("(")[0]),
        location=alert_place(site, alert.alert_ref, alert.pluginid),
        reference_ids=advisory_ids(alert.name, alert.alert, alert.reference, *notes),
        cwes=cwes([alert.cweid]),
        details=details(
            plugin_id=alert.pluginid,
            alert_reference=alert.alert_ref,
            confidence=alert.confidence,
            wasc=alert.wascid,
            count=alert.count or len(instances),
            instances=[instance_facts(instance) for instance in instances[:_INSTANCES]],
            references=lines(plain(alert.reference)),
            notes=excerpt(plain(alert.otherinfo)),
        ),
    )


def instance_facts(instance: Instance) -> dict[str, object]:
    return details(
        url=instance.uri,
        method=instance.method,
        parameter=instance.param,
        attack=excerpt(instance.attack, 200),
        evidence=excerpt(instance.evidence, 200),
    )
