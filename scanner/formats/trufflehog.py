"""TruffleHog 3 (``--json``: one object a line, of any of its sources), and 2 (commits with the strings that were found).

Secrets stay in the report: what it calls redacted is often the beginning of a key. A verified secret works at this moment.
"""

from collections.abc import Mapping
from typing import Any

from scanner.assets import container, repository
from scanner.errors import RecordError
from scanner.families.checkouts import below_checkout, folder_name
from scanner.families.records import Record, at, rest, text, texts
from scanner.families.scanned import without_credentials
from scanner.families.secrets import CLEAR, ROTATE, hidden, masked
from scanner.format import Format
from scanner.model import Asset, AssetType, Finding, Located
from scanner.normalize.dates import date
from scanner.normalize.details import details
from scanner.normalize.severity import CRITICAL, HIGH
from scanner.normalize.text import first, joined
from scanner.shapes.json import JsonSignature
from scanner.shapes.lines import JsonLinesVariant

_COMMIT_CHARACTERS = 12
_FAILURES = ("error", "fatal", "panic")


def result_finding(record: Record, _: None) -> Located | None:
    """A line of the log that is mixed into the results is none of them, but where it tells what could not be looked at."""
    if "msg" in record and "level" in record:
        if text(record, "level").casefold() in _FAILURES:
            raise RecordError(without_credentials(joined(text(record, "msg"), text(record, "error"), separator=": ")))
        return None
    name = text(record, "DetectorName", "DetectorType")
    if not name:
        raise RecordError("it names no detector")
    data = at(record, "SourceMetadata.Data")
    kind, source = (
        next(((k, v) for k, v in data.items() if isinstance(v, Mapping)), ("", {})) if isinstance(data, Mapping) else ("", {})
    )
    secret = text(record, "Raw", "RawV2", "Redacted")
    place, commit = _place(source), text(source, "commit")
    is_verified = at(record, "Verified") is True
    finding = Finding(
        name=name,
        severity=CRITICAL if is_verified else HIGH,
        location=" ".join(filter(None, (place, f"({commit[:_COMMIT_CHARACTERS]})" if commit else "", f"[{masked(secret)}]"))),
        description=first(
            text(record, "DetectorDescription"), f"A secret for {name} is in {place or text(record, 'SourceName')}."
        ),
        remedy=ROTATE,
        cwes=[CLEAR],
        details=details(
            verified=is_verified,
            verification_error=hidden(text(record, "VerificationError"), [text(record, "Raw"), text(record, "RawV2")]),
            decoder=text(record, "DecoderName"),
            source=text(record, "SourceName"),
            kind=kind,
            commit=commit,
            author=text(source, "email"),
            date=date(text(source, "timestamp")),
            secret=masked(secret),
            references=texts(source, "link"),
            extra={key: value for key, value in rest(at(record, "ExtraData")).items() if key in _HARMLESS},
        ),
    )
    return Located(_asset(kind, source), finding)


_HARMLESS = frozenset(
    ("account", "arn", "user_id", "rotation_guide", "is_canary", "message", "resource_type", "username", "url")
)
"""What detectors say beside a secret; anything else may be one."""


def _place(source: Record) -> str:
    """Where it is: a file in a repository, an image or a bucket, else the address of a message, a page or a job."""
    path = below_checkout(text(source, "file", "path", "object_key", "filename", "Location"))
    line = text(source, "line")
    if path:
        return f"{path}:{line}" if line and line != "0" else path
    return text(source, "link", "channel_id", "workspace_id", "build_number", "id", "tag", "image")


def _asset(kind: str, source: Record) -> Asset:
    if kind == "Docker" and text(source, "image"):
        image = ":".join(filter(None, (text(source, "image"), text(source, "tag"))))
        return container(image, origin="trufflehog")
    name = text(source, "repository", "bucket", "project", "organization", "team_name", "space_name", "workspace_name")
    if "://" not in name:
        name = folder_name(name.removeprefix("file:"))
    return repository(without_credentials(name) or "trufflehog", origin="trufflehog")


def commit_finding(record: Record, _: None) -> Located:
    name = text(record, "reason")
    if not name:
        raise RecordError("it gives no reason")
    found, commit = texts(record, "stringsFound"), text(record, "commitHash")
    parts = (text(record, "path"), f"({commit[:_COMMIT_CHARACTERS]})" if commit else "", f"[{masked(first(*found))}]")
    finding = Finding(
        name=name,
        severity=HIGH,
        location=" ".join(filter(None, parts)),
        description=f"{name} in {text(record, 'path')}.",
        remedy=ROTATE,
        cwes=[CLEAR],
        details=details(
            commit=commit,
            branch=text(record, "branch"),
            date=date(text(record, "date")),
            secrets=[masked(each) for each in found],
        ),
    )
    return Located(repository("trufflehog", origin="trufflehog"), finding)


FORMAT = Format(
    slug="trufflehog",
    scanner="TruffleHog",
    asset_type=AssetType.REPOSITORY,
    variants=(
        JsonLinesVariant(
            JsonSignature(keys={"SourceMetadata", "SourceName", "DetectorName", "Verified", "Raw"}, lines=True),
            dict[str, Any],
            result_finding,
            empty=True,
        ),
        JsonLinesVariant(
            JsonSignature(keys={"SourceMetadata", "SourceName", "DetectorType", "Verified", "Raw"}, lines=True),
            dict[str, Any],
            result_finding,
            empty=True,
        ),
        JsonLinesVariant(  # of nothing found, with the log in the same file
            JsonSignature(keys={"level", "ts", "msg"}, values={"logger": "trufflehog"}, lines=True),
            dict[str, Any],
            result_finding,
        ),
        JsonLinesVariant(
            JsonSignature(keys={"branch", "commitHash", "diff", "printDiff", "reason", "stringsFound", "path"}, lines=True),
            dict[str, Any],
            commit_finding,
            empty=True,
        ),
    ),
    names=("Trufflehog Scan",),
    produce="trufflehog git https://github.com/acme/shop --json > trufflehog.json",
    sources=(
        "https://github.com/trufflesecurity/trufflehog/blob/main/pkg/output/json.go",
        "https://github.com/trufflesecurity/trufflehog/blob/main/proto/source_metadata.proto",
    ),
)
