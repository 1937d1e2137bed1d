"""Packages in the messages of composition scanners (Trivy, Grype), which SARIF has no place for."""

import re

from scanner.model import Package
from scanner.normalize.packages import versions

_NAMED = re.compile(r"(?<![\w@/.:-])(@?[\w.-][\w./:+~-]{0,150}@v?\d[\w.:+~-]{0,80})")
"""``name@version``; a mail address has no version."""
_SPACED = re.compile(r"\b([\w@][\w@./:-]{0,100}),? (?:version |v)?(\d+\.\d+[\w.+~-]{0,60})")
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


def named_in(text: str, *, is_advisory: bool) -> str:
    """What a message is about, for scanners that place all packages of a lock file at the file: a package and its version.

    On an ``is_advisory`` rule, which is a CVE, only the message can tell results apart, and its beginning will do; of ordinary
    rules it would change with every rewording.
    """
    if "@" in text and (named := _NAMED.search(text)):
        return named[1].rstrip(".-:")
    if not is_advisory:
        return ""
    spaced = _SPACED.search(text)
    return f"{spaced[1]}@{spaced[2].rstrip('.-')}" if spaced else text.partition("\n")[0]
