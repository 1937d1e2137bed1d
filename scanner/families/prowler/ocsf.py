"""Prowler's ``json-ocsf``: Security Finding events in version 3, Detection Finding events since version 4.

Source: Prowler's documentation of its outputs, and the Open Cybersecurity Schema Framework 1.0 to 1.4.
"""

from typing import Any

import msgspec

from scanner.families.prowler.check import Check, located
from scanner.families.records import texts, words
from scanner.model import Located
from scanner.normalize.text import first, joined


class Remediation(msgspec.Struct, gc=False):
    desc: str | None = None
    references: list[str] | None = None
    kb_articles: list[str] | None = None


class FindingInfo(msgspec.Struct, gc=False):
    uid: str | None = None
    title: str | None = None
    desc: str | None = None
    remediation: Remediation | None = None
    """Version 3 has it here."""


class Group(msgspec.Struct, gc=False):
    name: str | None = None


class Resource(msgspec.Struct, gc=False):
    uid: str | None = None
    name: str | None = None
    type: str | None = None
    region: str | None = None
    namespace: str | None = None
    group: Group | None = None


class Account(msgspec.Struct, gc=False):
    uid: str | int | None = None
    name: str | None = None


class Cloud(msgspec.Struct, gc=False):
    provider: str | None = None
    region: str | None = None
    account: Account | None = None
    project_uid: str | None = None


class Feature(msgspec.Struct, gc=False):
    uid: str | None = None


class Product(msgspec.Struct, gc=False):
    feature: Feature | None = None


class EventMetadata(msgspec.Struct, gc=False):
    event_code: str | None = None
    product: Product | None = None


class Unmapped(msgspec.Struct, gc=False):
    provider: str | None = None
    provider_uid: str | None = None
    related_url: str | None = None
    compliance: Any = None
    categories: Any = None
    notes: Any = None


class Event(msgspec.Struct, gc=False):
    status: str | None = None
    status_code: str | None = None
    status_detail: str | None = None
    severity: str | None = None
    metadata: EventMetadata | None = None
    finding_info: FindingInfo | None = None
    finding: FindingInfo | None = None
    resources: list[Resource] | None = None
    cloud: Cloud | None = None
    remediation: Remediation | None = None
    risk_details: str | None = None
    message: str | None = None
    unmapped: Unmapped | None = None


def from_event(event: Event, _: None) -> Located | None:
    """One finding per event: Prowler writes one resource into each."""
    info = event.finding_info or event.finding or FindingInfo()
    resource = next(iter(event.resources or ()), Resource())
    metadata, cloud, unmapped = event.metadata or EventMetadata(), event.cloud or Cloud(), event.unmapped or Unmapped()
    account = cloud.account or Account()
    feature = metadata.product.feature if metadata.product else None
    remediation = event.remediation or info.remediation or Remediation()
    links = [link for link in (*(remediation.references or ()), *(remediation.kb_articles or ())) if link]
    return located(
        Check(
            status=first(event.status_code, event.status),
            state=(event.status or "") if event.status_code else "",
            finding_uid=info.uid or "",
            title=first(info.title, event.message),
            check_id=first(metadata.event_code, feature.uid if feature else ""),
            severity=event.severity or "",
            provider=first(cloud.provider, unmapped.provider, "kubernetes" if event.cloud is None else "aws"),
            account=first(str(account.uid) if account.uid is not None else "", cloud.project_uid, unmapped.provider_uid),
            account_name=account.name or "",
            region=first(resource.region, cloud.region, resource.namespace),
            resource=first(resource.uid, resource.name),
            resource_name=resource.name or "",
            resource_type=resource.type or "",
            service=(resource.group.name if resource.group else None) or "",
            result=event.status_detail or "",
            description=info.desc or "",
            risk=event.risk_details or "",
            remedy=joined(remediation.desc, *(link for link in links if not link.startswith("http"))),
            compliance=[f"{name}: {', '.join(texts({'of': said}, 'of'))}" for name, said in _named(unmapped.compliance)],
            categories=texts({"of": unmapped.categories}, "of"),
            notes=words(unmapped.notes),
            references=[link for link in dict.fromkeys((*links, unmapped.related_url or "")) if link.startswith("http")],
        )
    )


def _named(said: Any) -> list[tuple[str, Any]]:
    return list(said.items()) if isinstance(said, dict) else []
