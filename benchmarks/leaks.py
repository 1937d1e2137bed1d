"""A format in Python that says the same as `scanner/formats/gitleaks.yaml` of version 8: what mappings are measured against."""

import re

import msgspec

from scanner import assets
from scanner.families.checkouts import below_checkout
from scanner.format import Format
from scanner.model import AssetType, Finding, Located
from scanner.normalize.dates import date
from scanner.normalize.details import details
from scanner.normalize.severity import HIGH
from scanner.normalize.text import first, joined
from scanner.shapes.csv import CsvSignature, CsvVariant
from scanner.shapes.json import JsonSignature
from scanner.shapes.lines import JsonLinesVariant

_REMEDY = "Revoke the secret and issue a new one, then remove it from the code and, where that is shared, from its history."
_LINKED_REPOSITORY = re.compile(r"^(https?://[^/]+/.+?)(?:/-)?/(?:blob|src|commit|tree)/")


class Leak(msgspec.Struct, rename="pascal", gc=False):
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


class Row(msgspec.Struct, gc=False):
    rule_id: str = ""
    description: str = ""
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


def finding(leak: Leak | Row, _: None) -> Located:
    linked = _LINKED_REPOSITORY.match(leak.link or "")
    rule = first(leak.rule_id, leak.description, "secret")
    position = "".join(f":{part}" for part in (leak.start_line, leak.start_column) if str(part or "0") != "0")
    secret = leak.secret
    return Located(
        assets.repository(linked[1] if linked else "gitleaks", origin="gitleaks"),
        Finding(
            name=rule,
            description=joined(leak.description, f"A secret found by the rule {rule} is in {leak.file}.", separator="\n"),
            remedy=_REMEDY,
            severity=HIGH,
            location=f"{below_checkout(leak.symlink_file or leak.file or '')}{position}"
            + (f" ({leak.commit[:12]})" if leak.commit else ""),
            cwes=["CWE-798"],
            details=details(
                commit=leak.commit,
                author=leak.author,
                date=date(leak.date),
                secret=f"{secret[:3]}… ({len(secret)} characters)" if secret else "",
                fingerprint=leak.fingerprint,
                references=[leak.link] if leak.link else [],
            ),
        ),
    )


KEYS = {"RuleID", "Secret", "File", "StartLine"}
FORMAT = Format(
    slug="gitleaks",
    scanner="Gitleaks",
    asset_type=AssetType.REPOSITORY,
    variants=(
        JsonLinesVariant(signature=JsonSignature(keys=KEYS), record=Leak, translate=finding, empty=True),
        CsvVariant(
            signature=CsvSignature(KEYS),
            record=Row,
            translate=finding,
            columns={
                "rule_id": "RuleID",
                "start_line": "StartLine",
                "start_column": "StartColumn",
                "symlink_file": "SymlinkFile",
            },
        ),
    ),
)
