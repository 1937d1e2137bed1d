"""What all shapes of a Dependency-Check report say; the field names are those of its JSON."""

import msgspec


class CvssV2(msgspec.Struct, gc=False):
    score: float | None = None
    severity: str | None = None


class Cvss(msgspec.Struct, rename="camel", gc=False):
    """CVSS 3 or 4."""

    base_score: float | None = None
    base_severity: str | None = None


class Reference(msgspec.Struct, gc=False):
    url: str | None = None
    name: str | None = None


class Software(msgspec.Struct, rename="camel", gc=False):
    """A range of affected versions; the one that matched says from which version on the package is fixed."""

    id: str | None = None
    vulnerability_id_matched: bool | None = None
    version_end_excluding: str | None = None


class VulnerableSoftware(msgspec.Struct, gc=False):
    software: Software | None = None


class Vulnerability(msgspec.Struct, rename="camel", gc=False):
    name: str | None = None
    source: str | None = None
    severity: str | None = None
    cvssv2: CvssV2 | None = None
    cvssv3: Cvss | None = None
    cvssv4: Cvss | None = None
    cvss_score: float | None = None
    """Until 4.x."""
    cwes: list[str] | None = None
    cwe: str | None = None
    """Until 4.x."""
    description: str | None = None
    notes: str | None = None
    references: list[Reference] | None = None
    vulnerable_software: list[VulnerableSoftware] | None = None


class Identifier(msgspec.Struct, gc=False):
    id: str | None = None
    name: str | None = None


class Dependency(msgspec.Struct, rename="camel", gc=False):
    file_name: str | None = None
    file_path: str | None = None
    packages: list[Identifier] | None = None
    vulnerability_ids: list[Identifier] | None = None
    identifiers: list[Identifier] | None = None
    """Until 4.x: packages and CPEs in one list."""
    vulnerabilities: list[Vulnerability] | None = None
    suppressed_vulnerabilities: list[Vulnerability] | None = None


def score(text: str) -> float | None:
    """A score written as text; None where the field is empty, or has the vector that some versions wrote there."""
    try:
        return float(text)
    except ValueError:
        return None
