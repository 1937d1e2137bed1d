"""A check of Prowler on one resource, whatever output it was read from."""

import re
from dataclasses import dataclass, field

from scanner import assets
from scanner.errors import RecordError
from scanner.model import Asset, Finding, Located
from scanner.normalize.details import details
from scanner.normalize.severity import severity
from scanner.normalize.text import first, joined

_UNREPORTED = frozenset(("pass", "success", "muted", "suppressed", "warning"))
"""Passed, or silenced by the customer (``WARNING`` is what version 3 writes for its allow list). FAIL, MANUAL and INFO (manual
checks of version 3) are for a person to look at."""
_CLOUDS = {"aws": "AWS", "azure": "AZURE", "gcp": "GCP", "google": "GCP"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    status: str
    title: str
    check_id: str = ""
    severity: str = ""
    provider: str = "aws"
    account: str = ""
    account_name: str = ""
    region: str = ""
    resource: str = ""
    """ARN or id."""
    resource_name: str = ""
    resource_type: str = ""
    service: str = ""
    result: str = ""
    """What was found on this resource, in a sentence."""
    description: str = ""
    risk: str = ""
    remedy: str = ""
    references: list[str] = field(default_factory=list)
    muted: bool = False


def located(check: Check) -> Located | None:
    """A finding on its resource; nothing for a check that passed or is muted. `RecordError` where it has no name."""
    if check.muted or check.status.strip().casefold() in _UNREPORTED:
        return None
    if not (check.title or check.check_id):
        raise RecordError("it names no check")
    return Located(
        _asset(check),
        Finding(
            name=first(check.title, check.check_id),
            description=joined(check.result, check.description, check.risk),
            remedy=check.remedy,
            severity=severity(check.severity),
            location=first(check.resource, check.resource_name, check.region, check.result),
            details=details(
                checkId=check.check_id,
                status=check.status,
                service=check.service,
                resource=check.resource_name,
                resourceType=check.resource_type,
                references=check.references,
            ),
        ),
    )


def _asset(check: Check) -> Asset:
    """Clusters, tenants and organisations of other providers are hosts by their name: only three have cloud accounts."""
    provider = check.provider.strip().casefold() or "aws"
    if provider in _CLOUDS:
        return assets.cloud(
            provider=_CLOUDS[provider],
            account=first(check.account, check.account_name, "unknown"),
            region=first(check.region, "global"),
            resource=first(check.resource, check.resource_name),
            account_name=check.account_name,
        )
    if provider in ("github", "iac"):
        return assets.repository(first(check.resource_name, check.resource, check.account_name, provider), origin="prowler")
    cluster = check.account_name.removeprefix("context:").strip()
    return assets.infra(hostname=first(cluster, check.account, _namespace(check.region), provider))


def _namespace(region: str) -> str:
    return re.sub(r"^namespace:\s*", "", region)
