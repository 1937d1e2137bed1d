"""Packages in the messages of composition scanners (Trivy, Grype), which SARIF has no place for."""

import re

from scanner.model import Package
from scanner.normalize.packages import versions

_FACT = re.compile(r"^(Package|Installed Version|Version|Fixed Version|Fix Version): *(.*)$", re.MULTILINE)


def packages_in(text: str) -> list[Package]:
    """The package of a text that has lines like ``Package: openssl`` and ``Fixed Version: 3.0.2``."""
    if not ("\n" in text or text.startswith("Package: ")) or "Package: " not in text:
        return []
    facts = {key: value.strip() for key, value in _FACT.findall(text)}
    if not facts.get("Package"):
        return []
    installed = facts.get("Installed Version") or facts.get("Version") or ""
    fixed = facts.get("Fixed Version") or facts.get("Fix Version") or ""
    return [Package(facts["Package"], installed, fix_versions=versions(fixed))]
