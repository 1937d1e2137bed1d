"""Nosey Parker's reports (``report --format jsonl``, ``json``), all versions: findings with their matches in files and commits.

Secrets stay in the report. A match that somebody has rejected is none.
"""

from collections.abc import Iterator
from typing import Any

from scanner.assets import repository
from scanner.errors import RecordError
from scanner.families.checkouts import below_checkout, folder_name
from scanner.families.records import Record, objects, text
from scanner.families.secrets import CLEAR, ROTATE, masked
from scanner.format import Format
from scanner.model import AssetType, Dismissed, Finding, Located
from scanner.normalize.dates import date
from scanner.normalize.details import details
from scanner.normalize.dismissal import Dismissal
from scanner.normalize.severity import HIGH
from scanner.normalize.text import first
from scanner.shapes.json import JsonSignature
from scanner.shapes.lines import JsonLinesVariant

_COMMIT_CHARACTERS = 12


def finding_matches(record: Record, _: None) -> Iterator[Located]:
    name = text(record, "rule_name")
    if not name:
        raise RecordError("it names no rule")
    for match in objects(record, "matches"):
        yield _match_finding(name, match, record)


def _match_finding(name: str, match: Record, record: Record) -> Located:
    origins = objects(match, "provenance")
    origin = next((each for each in origins if _blob(each)), origins[0] if origins else {})
    file = below_checkout(first(_blob(origin), *(text(each, "path") for each in origins))).removeprefix("./")
    line, column = (text(match, f"location.source_span.start.{part}") for part in ("line", "column"))
    commit = _commit(origin, "commit_id")
    secret = first(text(match, "groups", "match_content", "snippet.matching"), text(record, "groups", "match_content"))
    place = ":".join(filter(None, (file, line, column)))
    finding = Finding(
        name=name,
        severity=HIGH,
        location=" ".join(
            filter(None, (place or text(match, "blob_id"), f"({commit[:_COMMIT_CHARACTERS]})" if commit else ""))
        ),
        description=f"{name} in {file or text(match, 'blob_id')}.",
        remedy=ROTATE,
        cwes=[CLEAR],
        details=details(
            secret=masked(secret),
            commit=commit,
            author=_commit(origin, "author_name"),
            date=date(_commit(origin, "author_timestamp").partition(" ")[0]),
            blob=text(match, "blob_id"),
            rule=text(record, "rule_text_id"),
            score=text(match, "score"),
            status=text(match, "status"),
            comment=first(text(match, "comment"), text(record, "comment")),
            files=[text(each, "path") or _blob(each) for each in origins if each is not origin],
            matches=text(record, "num_matches"),
        ),
    )
    name_of = next((text(each, "repo_url", "repo_path") for each in origins if text(each, "repo_url", "repo_path")), "")
    asset = repository(_repository(name_of) or "noseyparker", origin="noseyparker")
    is_rejected = text(match, "status").casefold().startswith("reject") or text(record, "statuses").casefold() == "reject"
    return Located(asset, Dismissed(finding, Dismissal.FALSE_POSITIVE, text(match, "comment")) if is_rejected else finding)


def _blob(origin: Record) -> str:
    return text(origin, "commit_provenance.blob_path", "first_commit.blob_path")


def _commit(origin: Record, name: str) -> str:
    return text(origin, f"commit_provenance.commit_metadata.{name}", f"first_commit.commit_metadata.{name}")


def _repository(path: str) -> str:
    """Its address, or the folder that is its checkout; of a folder that stands nowhere nothing is known."""
    if "://" in path:
        return path
    folder = path.removesuffix("/").removesuffix(".git").removesuffix("/").removeprefix("./")
    return folder_name(folder) if folder not in ("", ".") else ""


FORMAT = Format(
    slug="noseyparker",
    scanner="Nosey Parker",
    asset_type=AssetType.REPOSITORY,
    variants=(
        JsonLinesVariant(
            JsonSignature(keys={"rule_name", "matches", "num_matches"}, lines=True),
            dict[str, Any],
            finding_matches,
            empty=True,
            empty_object=True,
        ),
    ),
    names=("Nosey Parker Scan",),
    produce="noseyparker report --datastore np.db --format jsonl -o noseyparker.jsonl",
    sources=(
        "https://github.com/praetorian-inc/noseyparker",
        "https://github.com/praetorian-inc/noseyparker/blob/main/crates/noseyparker-cli/src/cmd_report.rs",
    ),
)
