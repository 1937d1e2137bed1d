"""What single tools mean by what they write in SARIF: their levels, what they scan, which of their texts can be relied on."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from scanner import assets
from scanner.model import Asset
from scanner.normalize.severity import HIGH, LOW

_LOW_NOTES = {"note": LOW}
"""The tool has but three levels, and writes ``note`` for what it calls low."""
_SECRETS = {"warning": HIGH}
"""The tool writes no level, which the standard takes for ``warning``; a leaked secret is grave."""


@dataclass(frozen=True, slots=True)
class Dialect:
    levels: Mapping[str, float] = field(default_factory=dict)
    """Severities of levels, where they are not the common ones."""
    cwes: tuple[str, ...] = ()
    """What every rule of the tool is about."""
    asset: Asset | None = None
    """Where findings go that name none: the same as in the tool's own format."""
    is_named_by_id: bool = False
    """Titles of its rules are whole sentences; its own format names findings by the rule's id."""
    is_named_by_property: bool = False
    """Descriptions of its rules are templates of one of their messages; ``properties.name`` is the title."""
    has_shared_help: bool = False
    """Help and description of a rule are those of another match of it."""
    lists_scanned: bool = False
    """Artifacts of its runs are all files that were scanned."""
    has_paths_in_ids: bool = False
    """Ids of rules begin with the folder of the file that they stand in."""


_GITLEAKS = Dialect(_SECRETS, cwes=("CWE-798",), asset=assets.repository("gitleaks", origin="gitleaks"), is_named_by_id=True)
_SEMGREP = Dialect(_LOW_NOTES, asset=assets.code("semgrep", origin="semgrep"), has_paths_in_ids=True)
_TRIVY = Dialect(_LOW_NOTES, has_shared_help=True)
_PLAIN = Dialect()

_BY_TOOL = {
    "semgrep": _SEMGREP,
    "opengrep": _SEMGREP,
    "bandit": Dialect(_LOW_NOTES),
    "snyk": Dialect(_LOW_NOTES),
    "snykcode": Dialect(_LOW_NOTES),
    "gosec": Dialect(_LOW_NOTES),
    "kics": Dialect(_LOW_NOTES),
    "tfsec": Dialect(_LOW_NOTES),
    "defsec": Dialect(_LOW_NOTES),
    "terrascan": Dialect(_LOW_NOTES),
    "grype": Dialect(_LOW_NOTES),
    "trivy": _TRIVY,
    "gitleaks": _GITLEAKS,
    "betterleaks": Dialect(_SECRETS, cwes=("CWE-798",), is_named_by_id=True),
    "eslint": Dialect(lists_scanned=True),
    "ruff": Dialect(is_named_by_property=True),
    # it writes SARIF for its provider iac alone; the asset is that of its CSV and OCSF
    "prowler": Dialect(asset=assets.repository("iac", origin="prowler")),
}


def dialect(tool: str) -> Dialect:
    """By the first word of the driver's name: ``Semgrep OSS``, ``Snyk Open Source``."""
    return _BY_TOOL.get(tool.casefold().partition(" ")[0], _PLAIN)
