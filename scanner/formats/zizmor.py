"""zizmor's JSON (``--format json``, ``json-v1``): one array. Rows and columns count from 0.

Places are primary, related or hidden. What a comment or the configuration ignores is listed, and marked.
"""

from typing import Any

from scanner.assets import repository
from scanner.errors import RecordError
from scanner.families.checkouts import below_checkout
from scanner.families.records import Record, at, number, objects, text
from scanner.format import Format
from scanner.model import AssetType, Dismissed, Finding, Located
from scanner.normalize.details import details, excerpt
from scanner.normalize.dismissal import Dismissal
from scanner.normalize.severity import HIGH, INFO, LOW, MEDIUM, UNRATED, rating
from scanner.shapes.json import JsonSignature
from scanner.shapes.lines import JsonLinesVariant

_LEVELS = {"high": HIGH, "medium": MEDIUM, "low": LOW, "informational": INFO, "unknown": UNRATED}


def audit_finding(record: Record, _: None) -> Located:
    name = text(record, "ident")
    if not name:
        raise RecordError("it names no audit")
    places = objects(record, "locations")
    primary = next((each for each in places if text(each, "symbolic.kind") == "Primary"), places[0] if places else {})
    fixes = [text(each, "title") for each in objects(record, "fixes")]
    finding = Finding(
        name=name,
        severity=rating(text(record, "determinations.severity"), scale=_LEVELS),
        location=_place(primary),
        description=". ".join(filter(None, (text(record, "desc"), text(primary, "symbolic.annotation")))),
        remedy=". ".join(filter(None, fixes)),
        details=details(
            confidence=text(record, "determinations.confidence"),
            persona=text(record, "determinations.persona"),
            places=[f"{_place(each)}: {text(each, 'symbolic.annotation')}" for each in places if each is not primary],
            references=[text(record, "url")] if text(record, "url") else [],
            evidence=excerpt(text(primary, "concrete.feature")),
        ),
    )
    key = at(primary, "symbolic.key.Remote")
    asset = repository("/".join(filter(None, (text(key, "slug.owner"), text(key, "slug.repo")))) or "zizmor", origin="zizmor")
    return Located(asset, Dismissed(finding, Dismissal.SUPPRESSED) if at(record, "ignored") is True else finding)


def _place(place: Record) -> str:
    path = text(
        place,
        "symbolic.key.Local.given_path",
        "symbolic.key.Local.verbatim_path",
        "symbolic.key.Remote.path",
        "symbolic.key.path",
    )
    row, column = number(place, "concrete.location.start_point.row"), number(place, "concrete.location.start_point.column")
    numbers = [str(int(each) + 1) for each in (row, column) if each is not None]
    return ":".join(filter(None, (below_checkout(path).removeprefix("./"), *numbers)))


FORMAT = Format(
    slug="zizmor",
    scanner="zizmor",
    asset_type=AssetType.REPOSITORY,
    variants=(
        JsonLinesVariant(
            JsonSignature(keys={"ident", "desc", "determinations", "locations"}, lines=True), dict[str, Any], audit_finding
        ),
    ),
    names=("Zizmor Scan",),
    produce="zizmor --format json . > zizmor.json",
    sources=("https://docs.zizmor.sh/usage/#output-formats", "https://github.com/zizmorcore/zizmor"),
)
