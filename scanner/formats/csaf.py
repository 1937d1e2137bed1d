"""Security advisories and VEX in the Common Security Advisory Framework, CSAF 2.0 and 2.1: a finding for each product."""

from collections.abc import Iterator
from typing import Any

import msgspec

from scanner import assets
from scanner.errors import MalformedReportError, RecordError
from scanner.families.advisories import located_at
from scanner.families.records import Record, at, number, objects, rest, text, texts, told
from scanner.families.scanned import scanned
from scanner.format import Format, Section
from scanner.model import AssetType, Dismissed, Finding, Located, Package
from scanner.normalize.dates import date
from scanner.normalize.dismissal import Dismissal
from scanner.normalize.identifiers import advisory_ids, cwes, reference_ids
from scanner.normalize.packages import parse_purl
from scanner.normalize.severity import cvss_score, rating
from scanner.normalize.text import first, joined
from scanner.shapes.json import JsonSignature, JsonVariant

_PUT_ASIDE = {
    "known_not_affected": Dismissal.NOT_AFFECTED,
    "fixed": Dismissal.FIXED,
    "first_fixed": Dismissal.FIXED,
    "recommended": Dismissal.FIXED,
}
"""Statuses of products; all others, also those of versions to come, leave a product open."""
_DESCRIBING = ("description", "summary", "details", "general", "faq", "other")
_ADVISING = ("vendor_fix", "mitigation", "workaround", "optional_patch", "fix_planned", "none_available", "no_fix_planned")
_READ = (
    *("cve", "cwe", "cwes", "ids", "title", "notes", "product_status", "scores", "metrics", "remediations", "references"),
    *("threats", "flags", "release_date", "discovery_date", "disclosure_date"),
)


class Product(msgspec.Struct, frozen=True):
    """What stands behind a product id: a package, of which asset."""

    asset: str
    package: Package


class Tree(msgspec.Struct, frozen=True):
    products: dict[str, Product]
    groups: dict[str, list[str]]


class Document(msgspec.Struct):
    document: Any
    product_tree: Any = None
    vulnerabilities: list[msgspec.Raw] | None = None


def sections(document: Document) -> Iterator[Section]:
    version = text(document.document, "csaf_version")
    if version and not version.startswith("2"):
        raise MalformedReportError(f"CSAF {version} is another schema: 2.0 and 2.1 are read", "document.csaf_version")
    tree = read_tree(document.product_tree)
    advisory = {"advisory": text(document.document, "tracking.id"), "publisher": text(document.document, "publisher.name")}
    severity = text(document.document, "aggregate_severity.text")
    for name in sorted({product.asset for product in tree.products.values()}):
        yield scanned(assets.build(name))
    yield Section(document.vulnerabilities or [], findings, dict, context=(tree, advisory, severity), place="vulnerabilities")


def read_tree(tree: object) -> Tree:
    products: dict[str, Product] = {}
    for branch, versions in _branches(tree, ()):
        for full in (*objects(branch, "product"), *objects(branch, "full_product_names")):
            products[text(full, "product_id")] = _product(full, versions)
    for relation in objects(tree, "relationships"):
        full = at(relation, "full_product_name")
        inner, outer = (products.get(text(relation, f"{end}_reference")) for end in ("product", "relates_to_product"))
        package = inner.package if inner else _product(full, ()).package
        products[text(full, "product_id")] = Product(outer.asset if outer else text(full, "name"), package)
    groups = {text(group, "group_id"): texts(group, "product_ids") for group in objects(tree, "product_groups")}
    return Tree(products, groups)


def _branches(tree: object, above: tuple[tuple[str, str], ...]) -> Iterator[tuple[object, tuple[tuple[str, str], ...]]]:
    """Each branch with the categories and names on the way to it."""
    yield tree, above
    for branch in objects(tree, "branches"):
        yield from _branches(branch, (*above, (text(branch, "category"), text(branch, "name"))))


def _product(full: object, path: tuple[tuple[str, str], ...]) -> Product:
    named = dict(path)
    name = text(full, "name")
    helper = "product_identification_helper"
    purl, cpe = text(full, f"{helper}.purl", f"{helper}.purls"), text(full, f"{helper}.cpe")
    if known := parse_purl(purl) if purl else None:
        package = Package(*known, cpe)
    else:
        package = Package(first(named.get("product_name"), name), first(named.get("product_version")), cpe)
    return Product(first(named.get("product_name"), name), package)


def findings(record: Record, context: tuple[Tree, dict[str, str], str]) -> list[Located]:
    tree, advisory, severity = context
    named = [text(record, "cve"), *(text(each, "text") for each in objects(record, "ids"))]
    name = first(*named, text(record, "title"))
    if not name:
        raise RecordError("it has neither an id nor a title")
    statuses: dict[str, str] = {}
    for status in at(record, "product_status") or {}:
        for product in texts(record, f"product_status.{status}"):
            if statuses.get(product) in (None, *_PUT_ASIDE):  # affected counts where both are said
                statuses[product] = status
    made = [_located(record, name, named, product, status, tree, advisory, severity) for product, status in statuses.items()]
    return made or [_located(record, name, named, "", "", tree, advisory, severity)]


def _located(
    record: Record, name: str, named: list[str], id_: str, status: str, tree: Tree, advisory: dict[str, str], severity: str
) -> Located:
    product = tree.products.get(id_, Product(first(id_, "csaf"), Package(id_)))

    def of_it(path: str) -> list[Record]:
        """Entries that are about this product, or about all."""
        return [each for each in objects(record, path) if _is_about(each, id_, tree)]

    remediations = sorted(of_it("remediations"), key=lambda each: _order(text(each, "category")))
    metrics = [*of_it("scores"), *(at(each, "content") for each in of_it("metrics"))]
    cvss = [at(each, version) for version in ("cvss_v4", "cvss_v3", "cvss_v31", "cvss_v30", "cvss_v2") for each in metrics]
    scores = [score for each in cvss for score in (number(each, "baseScore"), cvss_score(text(each, "vectorString")))]
    impact = next((text(each, "details") for each in of_it("threats") if text(each, "category") == "impact"), "")
    notes = [text(each, "text") for each in objects(record, "notes") if text(each, "category") in _DESCRIBING]
    finding = Finding(
        name=name,
        description=joined(text(record, "title"), *notes),
        remedy=joined(*(joined(text(each, "details"), text(each, "url")) for each in remediations)),
        severity=rating(next((word for each in cvss if (word := text(each, "baseSeverity"))), impact or severity), *scores),
        location=located_at(product.package) or id_,
        reference_ids=reference_ids(list(filter(None, named))) or advisory_ids(name),
        cwes=cwes([text(record, "cwe.id"), *(text(each, "id") for each in objects(record, "cwes"))]),
        published_date_time=date(text(record, "release_date", "disclosure_date", "discovery_date")),
        packages=[product.package] if product.package.name else [],
        details=told(
            advisory,
            rest(record, *_READ),
            status=status,
            product_id=id_,
            impact=impact,
            vectors=list(dict.fromkeys(vector for each in cvss if (vector := text(each, "vectorString")))),
            remediations=[text(each, "category") for each in remediations],
            references=[url for each in objects(record, "references") if (url := text(each, "url"))],
            notes=[text(each, "text") for each in objects(record, "notes") if text(each, "category") not in _DESCRIBING],
        ),
    )
    reason = _PUT_ASIDE.get(status)
    note = joined(*(text(each, "label") for each in of_it("flags")), impact if reason else "", separator=": ")
    return Located(assets.build(product.asset), Dismissed(finding, reason, note or status) if reason else finding)


def _order(category: str) -> int:
    return _ADVISING.index(category) if category in _ADVISING else len(_ADVISING)


def _is_about(entry: Record, id_: str, tree: Tree) -> bool:
    groups = texts(entry, "group_ids")
    products = [
        *texts(entry, "product_ids"),
        *texts(entry, "products"),
        *(id_ for g in groups for id_ in tree.groups.get(g, ())),
    ]
    return not products or id_ in products


FORMAT = Format(
    slug="csaf",
    scanner="CSAF",
    asset_type=AssetType.BUILD,
    names=("CSAF Scan",),
    aliases=("csaf_vex",),
    produce="a vendor's advisory, or its VEX, as CSAF (JSON)",
    sources=("https://docs.oasis-open.org/csaf/csaf/v2.0/csaf-v2.0.html", "https://docs.oasis-open.org/csaf/csaf/v2.1/"),
    variants=(
        JsonVariant(
            JsonSignature(
                keys={"document.csaf_version", "document"},
                any_of=({"document.tracking", "document.publisher", "product_tree", "vulnerabilities"},),
                root="object",
            ),
            Document,
            sections,
        ),
    ),
)
