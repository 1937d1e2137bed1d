"""The vulnerabilities that reports of all kinds are about."""

from dataclasses import dataclass
from random import Random

from benchmarks.reports.prose import paragraph, sentence

_STEMS = ("ssl", "xml", "png", "zip", "curl", "krb", "ldap", "sql", "jpeg", "dbus", "http", "json", "yaml", "pam", "ssh", "git")
_KINDS = (
    "Heap overflow",
    "Use after free",
    "Path traversal",
    "SQL injection",
    "Weak cipher",
    "Missing check",
    "Race condition",
)
_SEVERITIES = ("CRITICAL", "HIGH", "MEDIUM", "LOW", "UNKNOWN")
_SHARES = (4, 20, 45, 28, 3)
_SCORES = {"CRITICAL": 9.8, "HIGH": 7.8, "MEDIUM": 5.5, "LOW": 3.1, "UNKNOWN": 0.0}
_VECTOR = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"


@dataclass(frozen=True)
class Advisory:
    number: int
    cves: tuple[str, ...]
    """One, or several where a vendor's advisory covers several; no two advisories share one."""
    package: str
    installed: str
    fixed: str
    """Empty where there is no fix."""
    severity: str
    title: str
    """Plain text, of one advisory only."""
    description: str
    solution: str
    cwe: int
    links: tuple[str, ...]
    published: str
    """A date: ``2024-05-01``."""

    @property
    def score(self) -> float:
        return _SCORES[self.severity]

    @property
    def vector(self) -> str:
        return _VECTOR


def advisories(count: int, random: Random) -> list[Advisory]:
    return [_advisory(number, random) for number in range(count)]


def _advisory(number: int, random: Random) -> Advisory:
    year = random.randint(2016, 2025)
    package = f"lib{random.choice(_STEMS)}{number}"
    major, minor = random.randint(0, 20), random.randint(0, 40)
    several = 3 if number % 10 == 0 else 1
    return Advisory(
        number=number,
        cves=tuple(f"CVE-{year}-{10_000 + 3 * number + offset}" for offset in range(several)),
        package=package,
        installed=f"{major}.{minor}.{random.randint(0, 30)}",
        fixed=f"{major}.{minor + 1}.0" if random.random() < 0.7 else "",
        severity=random.choices(_SEVERITIES, _SHARES)[0],
        title=f"{random.choice(_KINDS)} in {package}",
        description=paragraph(random),
        solution=sentence(random, random.randint(6, 25)),
        cwe=random.randint(20, 999),
        links=tuple(f"https://advisories.example/{package}/{year}/{link}" for link in range(random.randint(1, 12))),
        published=f"{year}-{random.randint(1, 12):02}-{random.randint(1, 28):02}",
    )
