"""A check of Prowler on one resource, whatever output it was read from."""

import re
from dataclasses import dataclass, field

from scanner import assets
from scanner.errors import RecordError
from scanner.model import Asset, Dismissed, Finding, Located
from scanner.normalize.details import details, excerpt
from scanner.normalize.dismissal import Dismissal, dismissal
from scanner.normalize.severity import severity
from scanner.normalize.text import first, joined

_PASSED = frozenset(("pass", "success"))
_DISMISSED = {
    "manual": Dismissal.NOT_CHECKED,
    "info": Dismissal.NOT_CHECKED,  # what version 3 writes for manual checks
    "muted": Dismissal.SUPPRESSED,
    "suppressed": Dismissal.SUPPRESSED,
    "warning": Dismissal.SUPPRESSED,  # what version 3 writes for its allow list
}
_LINES = re.compile(r"-(?P<first>\d{1,9}):\d{1,9}$")
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
    state: str = ""
    """What has become of it since, where an output says so: ``New``, ``Suppressed``, ``Resolved``."""
    compliance: list[str] = field(default_factory=list)
    """Requirements of frameworks, ``CIS-2.0: 1.20``."""
    categories: list[str] = field(default_factory=list)
    notes: str = ""
    code: str = ""
    """What puts it right: a command, or code of one's infrastructure."""
    finding_uid: str = ""
    """Ends, where the resource is a file, with the lines in it."""


def located(check: Check) -> Located | None:
    """A finding on its resource, dismissed where it is muted or nobody has checked; nothing for a check that passed.

    `RecordError` where it has no name.
    """
    status = check.status.strip().casefold()
    if status in _PASSED:
        return None
    if not (check.title or check.check_id):
        raise RecordError("it names no check")
    finding = _finding(check)
    decided = Dismissal.SUPPRESSED if check.muted else dismissal(check.state)
    reason = decided or _DISMISSED.get(status)
    said = check.state if decided and check.state else check.status
    return Located(_asset(check), Dismissed(finding, reason, f"status {said}") if reason else finding)


def _finding(check: Check) -> Finding:
    return Finding(
        name=first(check.title, check.check_id),
        description=joined(check.result, check.description, check.risk),
        remedy=check.remedy,
        severity=severity(check.severity),
        location=_location(check),
        details=details(
            check=check.check_id,
            status=check.status,
            service=check.service,
            resource=check.resource_name,
            resource_type=check.resource_type,
            compliance=check.compliance,
            categories=check.categories,
            notes=check.notes,
            fix=excerpt(check.code),
            references=check.references,
        ),
    )


def _location(check: Check) -> str:
    """The resource; of the provider ``iac`` the file and, from the end of the finding's id, its line."""
    resource = first(check.resource, check.resource_name, check.region, check.result)
    if _provider(check) == "iac" and (lines := _LINES.search(check.finding_uid)):
        return f"{resource}:{lines['first']}"
    return resource


def _provider(check: Check) -> str:
    return check.provider.strip().casefold() or "aws"


def _asset(check: Check) -> Asset:
    """Clusters, tenants and organisations of other providers are hosts by their name: only three have cloud accounts."""
    provider = _provider(check)
    if provider in _CLOUDS:
        return assets.cloud(
            provider=_CLOUDS[provider],
            account=first(check.account, check.account_name, "unknown"),
            region=first(check.region, "global"),
            resource=first(check.resource, check.resource_name),
            account_name=check.account_name,
        )
    if provider == "iac":  # its resources are files of one repository, which a scan of a folder does not name
        return assets.repository(first(check.account_name, check.account, provider), origin="prowler")
    if provider == "github":
        return assets.repository(first(check.resource_name, check.resource, check.account_name, provider), origin="prowler")
    cluster = check.account_name.removeprefix("context:").strip()
    return assets.infra(hostname=first(cluster, check.account, _namespace(check.region), provider))


def _namespace(region: str) -> str:
    return re.sub(r"^namespace:\s*", "", region)
