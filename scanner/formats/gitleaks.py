"""Gitleaks, JSON and CSV, of version 8 and of versions 1 to 7. The secrets themselves stay in the report."""

import re

import msgspec

from scanner import assets
from scanner.families.checkouts import below_checkout
from scanner.format import Format
from scanner.model import Asset, AssetType, Finding, Located
from scanner.normalize.dates import date
from scanner.normalize.details import details
from scanner.normalize.severity import CRITICAL, HIGH
from scanner.normalize.text import first, joined
from scanner.shapes.csv import CsvSignature, CsvVariant
from scanner.shapes.json import JsonSignature
from scanner.shapes.lines import JsonLinesVariant

_CWE = "CWE-798"
"""Use of hard-coded credentials: what every rule of the scanner is about."""
_REMEDY = "Revoke the secret and issue a new one, then remove it from the code and, where that is shared, from its history."
_ACCOUNT_KEYS = re.compile(r"\b(github|aws)\b", re.IGNORECASE)
"""Tags of versions up to 7: keys that open a whole account."""
_LINKED_REPOSITORY = re.compile(r"^(https?://[^/]+/.+?)(?:/-)?/(?:blob|src|commit|tree)/")
_COMMIT_CHARACTERS = 12


class Leak(msgspec.Struct, rename="pascal", gc=False):
    """Version 8."""

    rule_id: str | None = msgspec.field(name="RuleID", default=None)
    description: str | None = None
    start_line: str | int | None = None
    start_column: str | int | None = None
    secret: str | None = None
    file: str | None = None
    symlink_file: str | None = None
    commit: str | None = None
    link: str | None = None
    author: str | None = None
    date: str | None = None
    fingerprint: str | None = None


class OldLeak(msgspec.Struct, gc=False):
    """Versions 1 to 7."""

    offender: str | None = None
    rule: str | None = None
    reason: str | None = None
    line_number: str | int | None = msgspec.field(name="lineNumber", default=None)
    file: str | None = None
    commit: str | None = None
    repo: str | None = None
    repo_url: str | None = msgspec.field(name="repoURL", default=None)
    leak_url: str | None = msgspec.field(name="leakURL", default=None)
    author: str | None = None
    date: str | None = None
    tags: str | list[str] | None = None


class Row(msgspec.Struct, gc=False):
    """Version 8's CSV; all of it is text."""

    rule_id: str = ""
    start_line: str = ""
    start_column: str = ""
    secret: str = ""
    file: str = ""
    symlink_file: str = ""
    commit: str = ""
    link: str = ""
    author: str = ""
    date: str = ""
    fingerprint: str = ""


class OldRow(msgspec.Struct, gc=False):
    offender: str = ""
    rule: str = ""
    reason: str = ""
    line_number: str = ""
    file: str = ""
    commit: str = ""
    repo: str = ""
    repo_url: str = ""
    leak_url: str = ""
    author: str = ""
    date: str = ""
    tags: str = ""


def from_leak(leak: Leak, _: None) -> Located:
    linked = _LINKED_REPOSITORY.match(leak.link or "")
    rule = first(leak.rule_id, leak.description, "secret")
    facts = details(
        commit=leak.commit,
        author=leak.author,
        date=date(leak.date),
        secret=_masked(leak.secret),
        fingerprint=leak.fingerprint,
        references=[leak.link] if leak.link else [],
    )
    return Located(
        _repository(linked[1] if linked else ""),
        Finding(
            name=rule,
            description=joined(leak.description, f"A secret found by the rule {rule} is in {leak.file}.", separator="\n"),
            remedy=_REMEDY,
            severity=HIGH,
            location=_location(leak.symlink_file or leak.file, leak.start_line, leak.start_column, leak.commit),
            cwes=[_CWE],
            details=facts,
        ),
    )


def from_old_leak(leak: OldLeak, _: None) -> Located:
    tags = leak.tags if isinstance(leak.tags, str) else ", ".join(leak.tags or ())
    rule = first(leak.rule, leak.reason, "secret")
    facts = details(
        commit=leak.commit,
        author=leak.author,
        date="" if (leak.date or "").startswith("0001-") else date(leak.date),
        secret=_masked(leak.offender),
        tags=tags,
        references=[leak.leak_url] if leak.leak_url else [],
    )
    return Located(
        _repository(first(leak.repo_url, leak.repo if leak.repo != "." else "")),
        Finding(
            name=rule,
            description=f"A secret found by the rule {rule} is in {leak.file}.",
            remedy=_REMEDY,
            severity=CRITICAL if _ACCOUNT_KEYS.search(tags) else HIGH,
            location=_location(leak.file, leak.line_number, None, leak.commit),
            cwes=[_CWE],
            details=facts,
        ),
    )


def from_row(row: Row, _: None) -> Located:
    return from_leak(Leak(**msgspec.structs.asdict(row)), None)


def from_old_row(row: OldRow, _: None) -> Located:
    return from_old_leak(OldLeak(**msgspec.structs.asdict(row)), None)


def _repository(name: str) -> Asset:
    """Most reports do not say which repository was scanned."""
    return assets.repository(name or "gitleaks", origin="gitleaks")


def _location(file: str | None, line: str | int | None, column: str | int | None, commit: str | None) -> str:
    """File, line and commit: a secret that stands in several commits has to go from each."""
    position = "".join(f":{part}" for part in (line, column) if str(part or "0") != "0")
    return f"{below_checkout(file or '')}{position}" + (f" ({commit[:_COMMIT_CHARACTERS]})" if commit else "")


def _masked(secret: str | None) -> str:
    """Enough to recognise it, not enough to use it."""
    return f"{secret[:3]}… ({len(secret)} characters)" if secret else ""


FORMAT = Format(
    slug="gitleaks",
    scanner="Gitleaks",
    asset_type=AssetType.REPOSITORY,
    names=("Gitleaks Scan",),
    variants=(
        JsonLinesVariant(
            signature=JsonSignature(keys={"RuleID", "Secret", "File", "StartLine"}, lines=True),
            record=Leak,
            translate=from_leak,
            empty=True,
        ),
        JsonLinesVariant(
            signature=JsonSignature(keys={"offender", "file", "commit"}, any_of=({"rule", "reason"},), lines=True),
            record=OldLeak,
            translate=from_old_leak,
        ),
        CsvVariant(
            signature=CsvSignature({"RuleID", "Secret", "File", "StartLine"}),
            record=Row,
            translate=from_row,
            columns={
                "rule_id": "RuleID",
                "start_line": "StartLine",
                "start_column": "StartColumn",
                "symlink_file": "SymlinkFile",
            },
        ),
        CsvVariant(
            signature=CsvSignature({"offender", "file", "commit"}, any_of=({"rule", "reason"},)),
            record=OldRow,
            translate=from_old_row,
            columns={"line_number": "lineNumber", "repo_url": "repoURL", "leak_url": "leakURL"},
        ),
    ),
)
