"""``Licenses`` of a Trivy result (``--scanners license``)."""

import msgspec

from scanner.model import Finding, Package
from scanner.normalize.severity import severity


class License(msgspec.Struct, rename="pascal", gc=False):
    severity: str | None = None
    category: str | None = None
    pkg_name: str | None = None
    file_path: str | None = None
    name: str | None = None
    confidence: float | None = None
    link: str | None = None


def license_finding(record: License, target: str) -> Finding:
    subject = record.pkg_name or record.file_path or target
    name = record.name or "unknown"
    category = record.category or "unclassified"
    where = record.file_path if record.pkg_name and record.file_path else ""
    facts = {"category": record.category, "confidence": record.confidence, "link": record.link}
    return Finding(
        name=f"License {name}",
        severity=severity(record.severity),
        description=f"{subject} is under the license {name}, which counts as {category}.",
        remedy=f"Check that the license {name} is allowed here, or replace {subject}.",
        location=" in ".join(dict.fromkeys(filter(None, (subject, where, target)))),
        packages=[Package(record.pkg_name)] if record.pkg_name else [],
        details={key: value for key, value in facts.items() if value},
    )
