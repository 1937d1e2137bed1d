"""``ExperimentalModifiedFindings`` of a Trivy result (``--show-suppressed``): ignored, or put aside by VEX."""

import msgspec

from scanner.formats.trivy.licenses import License, license_finding
from scanner.formats.trivy.misconfigurations import Misconfiguration, misconfiguration
from scanner.formats.trivy.secrets import Secret, secret_finding
from scanner.formats.trivy.vulnerabilities import Vulnerability, Where, vulnerability
from scanner.model import Dismissed, Finding
from scanner.normalize.dismissal import Dismissal, dismissal
from scanner.normalize.text import joined
from scanner.shapes.json.reading import decoder


class Modified(msgspec.Struct, rename="pascal"):
    type: str | None = None
    status: str | None = None
    statement: str | None = None
    source: str | None = None
    """The ignore file or VEX document."""
    finding: msgspec.Raw = msgspec.Raw(b"{}")


def dismissed(record: Modified, where: tuple[Where, str, str]) -> Dismissed:
    """A finding as it would be reported, and why it is not."""
    reason = dismissal(record.status) or Dismissal.SUPPRESSED
    note = joined(record.statement, record.source, separator=" - ")
    return Dismissed(_finding(record, where), reason, note)


def _finding(record: Modified, where: tuple[Where, str, str]) -> Finding:
    packages, files, licensed = where
    raw = record.finding
    match record.type:
        case "misconfiguration":
            return misconfiguration(decoder(Misconfiguration).decode(raw), files)
        case "secret":
            return secret_finding(decoder(Secret).decode(raw), files)
        case "license":
            return license_finding(decoder(License).decode(raw), licensed)
        case _:
            return vulnerability(decoder(Vulnerability).decode(raw), packages)
