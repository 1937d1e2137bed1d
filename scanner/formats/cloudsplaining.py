"""Cloudsplaining: what policies of AWS IAM allow (``iam-results-*.json``), by kind of policy, and as the list of old."""

from collections.abc import Iterator
from typing import Any

import msgspec

from scanner import assets
from scanner.errors import RecordError
from scanner.families.records import Record, at, objects, rest, text, texts, told
from scanner.families.scanned import failed, scanned
from scanner.format import Format, Section
from scanner.model import Asset, AssetType, Dismissed, Finding, Located
from scanner.normalize.dismissal import Dismissal
from scanner.normalize.severity import rating
from scanner.normalize.text import first, joined
from scanner.shapes.json import JsonSignature, JsonVariant
from scanner.shapes.lines import JsonLinesVariant

_RISKS = {
    "PrivilegeEscalation": ("Privilege escalation", "high"),
    "ResourceExposure": ("Resource exposure", "high"),
    "CredentialsExposure": ("Credentials exposure", "high"),
    "DataExfiltration": ("Data exfiltration", "medium"),
    "DataExfiltrationActions": ("Data exfiltration", "medium"),
    "ServiceWildcard": ("Service wildcard", "medium"),
    "PermissionsManagementActions": ("Resource exposure", "high"),
    "InfrastructureModification": ("Infrastructure modification", "low"),
    "AssumableByAnyPrincipal": ("Assumable by any principal", "critical"),
    "AssumableByAnyPrincipalWithConditions": ("Assumable by any principal under conditions", "medium"),
    "AssumableByCrossAccountPrincipal": ("Assumable from another account", "medium"),
    "AssumableByComputeService": ("Assumable by a compute service", "low"),
}
"""What is said of a policy, in the product's words and on its scale; newer versions write both into the report."""
_REMEDY = "Restrict the policy to the actions and the resources that its users need, by ARN constraints on its statements."
_ACCOUNT = 4


class Report(msgspec.Struct):
    inline_policies: dict[str, msgspec.Raw] | None = None
    customer_managed_policies: dict[str, msgspec.Raw] | None = None
    aws_managed_policies: dict[str, msgspec.Raw] | None = None
    roles: dict[str, msgspec.Raw] | None = None
    users: dict[str, Any] | None = None


def sections(report: Report) -> Iterator[Section]:
    if report.inline_policies is None and report.customer_managed_policies is None and report.aws_managed_policies is None:
        yield failed("it has no policies", "customer_managed_policies")
        return
    people = [*(report.users or {}).values(), *map(msgspec.json.decode, (report.roles or {}).values())]
    account = next((number for each in people if (number := _account(text(each, "arn", "Arn")))), "")
    yield scanned(assets.cloud(provider="AWS", account=first(account, "unknown"), region="global"))
    for kind in ("inline_policies", "customer_managed_policies", "aws_managed_policies", "roles"):
        policies = getattr(report, kind) or {}
        yield Section(list(policies.values()), from_policy, dict, context=account, place=kind)


def _account(arn: str) -> str:
    parts = arn.split(":")
    return parts[_ACCOUNT] if len(parts) > _ACCOUNT and parts[_ACCOUNT].isdigit() else ""


def from_line(record: Record, _: None) -> list[Located]:
    said = text(record, "AccountID")
    return from_policy(record, said if said.isdigit() else "")


def from_policy(record: Record, account: str) -> list[Located]:
    """One per risk that a policy brings."""
    name = text(record, "PolicyName", "name", "PolicyId", "Arn", "arn")
    if not name:
        raise RecordError("it names no policy")
    asset = _asset(record, name, account)
    found = [_part(record, name, risk, actions) for risk in _RISKS if (actions := _actions(record, risk))]
    return [Located(asset, part) for part in found] or [Located(asset)]


def _asset(record: Record, name: str, account: str) -> Asset:
    arn = text(record, "Arn", "arn")
    return assets.cloud(
        provider="AWS", account=first(_account(arn), account, "unknown"), region="global", resource=first(arn, name)
    )


def _actions(record: Record, risk: str) -> list[str]:
    said = at(record, risk)
    listed = {"all": at(said, "findings") if isinstance(said, dict) else said}
    ways = [f"{text(each, 'type')}: {', '.join(texts(each, 'actions'))}" for each in objects(listed, "all")]
    return [*ways, *texts(listed, "all")]


def _part(record: Record, name: str, risk: str, actions: list[str]) -> Finding | Dismissed:
    title, level = _RISKS[risk]
    described = text(record, f"{risk}.description")
    finding = Finding(
        name=title,
        description=joined(described, f"{name} allows:", "\n".join(actions)),
        remedy=_REMEDY,
        severity=rating(first(text(record, f"{risk}.severity"), level)),
        location=first(text(record, "Arn", "arn"), name),
        details=told(
            rest(record, *_RISKS, "PolicyDocument", "PolicyVersionList", "Actions", "PolicyName", "Arn", "assume_role_policy"),
            policy=name,
            risk=risk,
            actions=actions,
        ),
    )
    excluded = text(record, "is_excluded").casefold() == "true"
    return Dismissed(finding, Dismissal.SUPPRESSED, "excluded") if excluded else finding


FORMAT = Format(
    slug="cloudsplaining",
    scanner="Cloudsplaining",
    asset_type=AssetType.CLOUD,
    names=("Cloudsplaining Scan",),
    produce="cloudsplaining scan --input-file authz.json: iam-results-*.json",
    sources=(
        "https://github.com/salesforce/cloudsplaining/tree/master/examples/files",
        "https://cloudsplaining.readthedocs.io/",
    ),
    variants=(
        JsonVariant(
            JsonSignature(keys={"inline_policies", "customer_managed_policies", "aws_managed_policies"}), Report, sections
        ),
        JsonLinesVariant(JsonSignature(keys={"PolicyName", "ManagedBy", "PrivilegeEscalation"}, lines=True), dict, from_line),
    ),
)
