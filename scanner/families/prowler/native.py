"""Prowler's own columns and keys since version 3: JSON of version 3, CSV of versions 3 to 5.

Source: Prowler's documentation of its outputs. Version 3 named account and region after each cloud's own words.
"""

import msgspec

from scanner.families.prowler.check import Check, located
from scanner.model import Located
from scanner.normalize.text import first, joined


class Recommendation(msgspec.Struct, rename="pascal", gc=False):
    text: str | None = None
    url: str | None = None


class Remediation(msgspec.Struct, rename="pascal", gc=False):
    recommendation: Recommendation | None = None


class Record(msgspec.Struct, rename="pascal", gc=False):
    """An entry of version 3's ``--output-modes json``."""

    status: str
    provider: str | None = None
    check_id: str | None = msgspec.field(name="CheckID", default=None)
    check_title: str | None = None
    status_extended: str | None = None
    severity: str | None = None
    service_name: str | None = None
    resource_type: str | None = None
    description: str | None = None
    risk: str | None = None
    related_url: str | None = None
    remediation: Remediation | None = None
    account_id: str | int | None = None
    subscription: str | None = None
    project_id: str | None = None
    region: str | None = None
    location: str | None = None
    resource_id: str | None = None
    resource_name: str | None = None
    resource_arn: str | None = None


def from_json(record: Record, _: None) -> Located | None:
    advice = (record.remediation.recommendation if record.remediation else None) or Recommendation()
    account = str(record.account_id) if record.account_id is not None else ""
    return located(
        Check(
            status=record.status,
            title=record.check_title or "",
            check_id=record.check_id or "",
            severity=record.severity or "",
            provider=record.provider or "aws",
            account=first(account, record.subscription, record.project_id),
            region=first(record.region, record.location),
            resource=first(record.resource_arn, record.resource_id),
            resource_name=first(record.resource_name, record.resource_id),
            resource_type=record.resource_type or "",
            service=record.service_name or "",
            result=record.status_extended or "",
            description=record.description or "",
            risk=record.risk or "",
            remedy=joined(advice.text, advice.url),
            references=[url for url in (record.related_url,) if url],
        )
    )


class Row(msgspec.Struct, gc=False):
    status: str = ""
    muted: str = ""
    provider: str = ""
    check_id: str = ""
    check_title: str = ""
    status_extended: str = ""
    severity: str = ""
    service_name: str = ""
    resource_type: str = ""
    resource_uid: str = ""
    resource_name: str = ""
    description: str = ""
    risk: str = ""
    related_url: str = ""
    additional_urls: str = ""
    remedy_text: str = ""
    remedy_url: str = ""
    account: str = ""
    account_name: str = ""
    region: str = ""
    finding_uid: str = ""
    compliance: str = ""
    categories: str = ""
    notes: str = ""
    code_cli: str = ""
    code_native: str = ""
    code_terraform: str = ""
    code_other: str = ""


COLUMNS: dict[str, str | tuple[str, ...]] = {
    "check_id": "CHECK_ID",
    "check_title": "CHECK_TITLE",
    "status_extended": "STATUS_EXTENDED",
    "service_name": "SERVICE_NAME",
    "resource_type": "RESOURCE_TYPE",
    "resource_uid": ("RESOURCE_UID", "RESOURCE_ARN", "RESOURCE_ID"),
    "resource_name": ("RESOURCE_NAME", "RESOURCE_ID"),
    "related_url": "RELATED_URL",
    "additional_urls": "ADDITIONAL_URLS",
    "remedy_text": "REMEDIATION_RECOMMENDATION_TEXT",
    "remedy_url": "REMEDIATION_RECOMMENDATION_URL",
    "account": ("ACCOUNT_UID", "ACCOUNT_ID", "SUBSCRIPTION", "PROJECT_ID"),
    "account_name": "ACCOUNT_NAME",
    "region": ("REGION", "LOCATION"),
    "finding_uid": "FINDING_UID",
    "code_cli": "REMEDIATION_CODE_CLI",
    "code_native": "REMEDIATION_CODE_NATIVEIAC",
    "code_terraform": "REMEDIATION_CODE_TERRAFORM",
    "code_other": "REMEDIATION_CODE_OTHER",
}


def from_csv(row: Row, _: None) -> Located | None:
    urls = [url.strip() for url in (row.related_url, *row.additional_urls.split("|"))]
    return located(
        Check(
            status=row.status,
            muted=row.muted.casefold() == "true",
            finding_uid=row.finding_uid,
            title=row.check_title,
            check_id=row.check_id,
            severity=row.severity,
            provider=row.provider,
            account=row.account,
            account_name=row.account_name,
            region=row.region,
            resource=row.resource_uid,
            resource_name=row.resource_name,
            resource_type=row.resource_type,
            service=row.service_name,
            result=row.status_extended,
            description=row.description,
            risk=row.risk,
            remedy=joined(row.remedy_text, row.remedy_url),
            references=[url for url in dict.fromkeys(urls) if url],
            compliance=_parts(row.compliance),
            categories=_parts(row.categories),
            notes=row.notes,
            code=joined(row.code_cli, row.code_native, row.code_terraform, row.code_other),
        )
    )


def _parts(cell: str) -> list[str]:
    return [part for each in cell.split(" | ") if (part := each.strip())]
