"""Prowler 1 and 2 (``-M csv|json``): CSV with a header that grew over the versions, and one JSON object per line.

Both list every check on every resource. One that passed is no finding; one that could only inform (access denied, nothing
there, to be looked at by a person) was not checked; ``WARNING`` is a failure that is on the allow list.
"""

import re

import msgspec

from scanner import assets
from scanner.errors import RecordError
from scanner.format import Format
from scanner.model import AssetType, Dismissed, Finding, Located
from scanner.normalize.details import details
from scanner.normalize.dismissal import Dismissal
from scanner.normalize.severity import severity
from scanner.normalize.text import first, joined
from scanner.shapes.csv import CsvSignature, CsvVariant
from scanner.shapes.json import JsonSignature
from scanner.shapes.lines import JsonLinesVariant

_WHEREABOUTS_CHARACTERS = 500
_TITLE = re.compile(r"^\[(\w+)\]\s*")
_PASSED = "pass"
_DISMISSED = {"info": Dismissal.NOT_CHECKED, "warning": Dismissal.SUPPRESSED}


class Row(msgspec.Struct, gc=False):
    account: str = ""
    account_name: str = ""
    region: str = ""
    control: str = ""
    status: str = ""
    title: str = ""
    message: str = ""
    severity: str = ""
    service: str = ""
    resource_type: str = ""
    resource_id: str = ""
    risk: str = ""
    remediation: str = ""
    link: str = ""


COLUMNS: dict[str, str | tuple[str, ...]] = {
    "account": "ACCOUNT_NUM",
    "account_name": "ACCOUNT_DETAILS_NAME",
    "control": "TITLE_ID",
    "status": ("CHECK_RESULT", "RESULT"),
    "title": "TITLE_TEXT",
    "message": ("CHECK_RESULT_EXTENDED", "NOTES"),
    "severity": "CHECK_SEVERITY",
    "service": "CHECK_SERVICENAME",
    "resource_type": "CHECK_ASFF_RESOURCE_TYPE",
    "resource_id": ("RESOURCE_ID", "CHECK_RESOURCE_ID"),
    "risk": "CHECK_RISK",
    "remediation": "CHECK_REMEDIATION",
    "link": "CHECK_DOC",
}


class Record(msgspec.Struct, gc=False):
    control: str = msgspec.field(name="Control")
    status: str = msgspec.field(name="Status")
    account: str | int = msgspec.field(name="Account Number", default="")
    control_id: str | float | None = msgspec.field(name="Control ID", default=None)
    region: str | None = msgspec.field(name="Region", default=None)
    message: str | None = msgspec.field(name="Message", default=None)
    severity: str | None = msgspec.field(name="Severity", default=None)
    service: str | None = msgspec.field(name="Service", default=None)
    resource_id: str | None = msgspec.field(name="Resource ID", default=None)
    risk: str | None = msgspec.field(name="Risk", default=None)
    remediation: str | None = msgspec.field(name="Remediation", default=None)
    link: str | None = msgspec.field(name="Doc link", default=None)


def from_csv(row: Row, _: None) -> Located | None:
    status = row.status.casefold()
    if status == _PASSED:
        return None
    finding, reason = _finding(row), _DISMISSED.get(status)
    asset = assets.cloud(
        provider="AWS",
        account=first(row.account, "unknown"),
        region=row.region,
        resource=row.resource_id,
        account_name=row.account_name,
    )
    return Located(asset, Dismissed(finding, reason, f"status {row.status}") if reason else finding)


def from_json(record: Record, _: None) -> Located | None:
    row = Row(
        account=str(record.account),
        region=record.region or "",
        control="" if record.control_id is None else str(record.control_id),
        status=record.status,
        title=record.control,
        message=record.message or "",
        severity=record.severity or "",
        service=record.service or "",
        resource_id=record.resource_id or "",
        risk=record.risk or "",
        remediation=record.remediation or "",
        link=record.link or "",
    )
    return from_csv(row, None)


def _finding(row: Row) -> Finding:
    if not row.title:
        raise RecordError("it names no check")
    check = _TITLE.match(row.title)
    # an account's name for its resources came late: before, only the message tells them apart
    where = row.resource_id or row.message[:_WHEREABOUTS_CHARACTERS]
    return Finding(
        name=row.title,
        description=joined(row.message, row.risk),
        remedy=row.remediation,
        severity=severity(row.severity or "medium"),  # the first versions did not rate
        location=first(where, row.region),
        details=details(
            check=check[1] if check else "",
            control=row.control,
            status=row.status,
            service=row.service,
            resource_type=row.resource_type,
            references=[row.link] if row.link else [],
        ),
    )


FORMAT = Format(
    slug="aws_prowler",
    scanner="Prowler",
    asset_type=AssetType.CLOUD,
    names=("AWS Prowler Scan",),
    aliases=("prowler_v2",),
    variants=(
        CsvVariant(
            signature=CsvSignature({"ACCOUNT_NUM", "TITLE_ID", "TITLE_TEXT"}, any_of=({"CHECK_RESULT", "RESULT"},)),
            record=Row,
            translate=from_csv,
            columns=COLUMNS,
        ),
        JsonLinesVariant(
            signature=JsonSignature(keys={"Account Number", "Control", "Status", "Message"}, lines=True),
            record=Record,
            translate=from_json,
            empty=True,
        ),
    ),
    produce="prowler -M csv json",
    sources=("https://github.com/prowler-cloud/prowler/blob/2.12.1/include/outputs",),
)
