"""OpenVEX documents, 0.0.x and 0.2: what a producer states of vulnerabilities in products. Rates nothing."""

from collections.abc import Iterator

import msgspec

from scanner.errors import RecordError
from scanner.families.advisories import located_at, package_of, product_asset
from scanner.families.records import Record, at, objects, rest, text, texts, told
from scanner.families.scanned import failed
from scanner.format import Format, Section
from scanner.model import AssetType, Dismissed, Finding, Located
from scanner.normalize.dismissal import dismissal
from scanner.normalize.identifiers import reference_ids
from scanner.normalize.severity import UNRATED
from scanner.normalize.text import first, joined
from scanner.shapes.json import JsonSignature, JsonVariant

_NO_ACTION = "no action statement provided"


class Document(msgspec.Struct):
    statements: list[msgspec.Raw] | None = None
    author: str | None = None


def sections(document: Document) -> Iterator[Section]:
    if document.statements is None:
        yield failed("it has no statements", "statements")
        return
    yield Section(document.statements, findings, dict, context=document.author or "", place="statements")


def findings(statement: Record, author: str) -> list[Located]:
    """One per product: each may have been fixed by itself."""
    name = text(statement, "vulnerability.name", "vulnerability.@id", "vulnerability")
    if not name:
        raise RecordError("it names no vulnerability")
    products: list[str | Record] = [*objects(statement, "products"), *texts(statement, "products")]
    if not products:
        raise RecordError("it names no product")
    return [_located(statement, name, product, author) for product in products]


def _located(statement: Record, name: str, product: str | Record, author: str) -> Located:
    said = product if isinstance(product, str) else text(product, "@id", "identifiers.purl", "identifiers.cpe23")
    inner = [text(each, "@id", "identifiers.purl") for each in objects(product, "subcomponents")] + texts(
        product, "subcomponents"
    )
    packages = [package_of(each) for each in filter(None, inner or [said])]
    status = text(statement, "status")
    action = text(statement, "action_statement")
    finding = Finding(
        name=name,
        description=joined(text(statement, "vulnerability.description"), text(statement, "status_notes")),
        remedy="" if action.casefold().startswith(_NO_ACTION) else action,
        severity=UNRATED,
        location=", ".join(map(located_at, packages)),
        reference_ids=reference_ids([name, *texts(statement, "vulnerability.aliases")]),
        packages=packages,
        details=told(
            rest(
                statement,
                *("vulnerability.name", "vulnerability.aliases", "vulnerability.description", "status_notes", "status"),
                *("products", "action_statement", "vulnerability", "supplier", "timestamp", "last_updated", "version"),
            ),
            status=status,
            product=said,
            author=first(text(statement, "supplier"), author),
            references=[url] if (url := text(at(statement, "vulnerability"), "@id")).startswith("http") else [],
        ),
    )
    reason = dismissal(status)
    note = joined(text(statement, "justification"), text(statement, "impact_statement"), separator=": ")
    return Located(product_asset(said), Dismissed(finding, reason, note) if reason else finding)


FORMAT = Format(
    slug="openvex",
    scanner="OpenVEX",
    asset_type=AssetType.BUILD,
    names=("OpenVEX Scan",),
    aliases=("vex",),
    is_exchanged=True,
    produce="vexctl create …",
    sources=("https://github.com/openvex/spec/blob/main/OPENVEX-SPEC.md",),
    variants=(
        JsonVariant(
            JsonSignature(keys={"statements"}, values={"@context": "https://openvex.dev/ns"}, root="object"), Document, sections
        ),
        JsonVariant(
            JsonSignature(keys={"statements[].vulnerability", "statements[].products", "statements[].status"}),
            Document,
            sections,
        ),
    ),
)
