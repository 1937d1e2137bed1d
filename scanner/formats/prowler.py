"""Prowler 3 and later on any provider (Azure, Google Cloud, Kubernetes, Microsoft 365, GitHub, …): OCSF, CSV and JSON."""

from scanner.families.prowler.native import COLUMNS, Record, Row, from_csv, from_json
from scanner.families.prowler.ocsf import Event, from_event
from scanner.format import Format
from scanner.model import AssetType
from scanner.shapes.csv import CsvSignature, CsvVariant
from scanner.shapes.json import JsonSignature
from scanner.shapes.lines import JsonLinesVariant

_OCSF = {"metadata.product.name": "Prowler"}

FORMAT = Format(
    slug="prowler",
    scanner="Prowler",
    asset_type=AssetType.CLOUD,
    names=("Prowler Scan",),
    aliases=("prowler_v5",),
    variants=(
        JsonLinesVariant(
            signature=JsonSignature(keys={"finding_info.title", "resources"}, values=_OCSF, lines=True),
            record=Event,
            translate=from_event,
            empty=True,
        ),
        JsonLinesVariant(
            signature=JsonSignature(keys={"finding.title", "resources"}, values=_OCSF, lines=True),
            record=Event,
            translate=from_event,
        ),
        JsonLinesVariant(
            signature=JsonSignature(keys={"CheckID", "StatusExtended"}, lines=True),
            record=Record,
            translate=from_json,
        ),
        CsvVariant(
            signature=CsvSignature({"CHECK_ID", "STATUS_EXTENDED", "RESOURCE_UID", "ACCOUNT_UID", "FINDING_UID"}),
            record=Row,
            translate=from_csv,
            columns=COLUMNS,
        ),
        CsvVariant(
            signature=CsvSignature({"CHECK_ID", "STATUS_EXTENDED", "RESOURCE_ID"}),
            record=Row,
            translate=from_csv,
            columns=COLUMNS,
        ),
    ),
    produce="prowler azure --output-formats csv json-ocsf",
    sources=(
        "https://docs.prowler.com/user-guide/cli/tutorials/reporting",
        "https://schema.ocsf.io/",
    ),
)
