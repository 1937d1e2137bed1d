"""Prowler 3 and later on AWS: JSON, CSV and OCSF; the slug under which pipelines send it."""

from scanner.families.prowler.native import COLUMNS, Record, Row, from_csv, from_json
from scanner.families.prowler.ocsf import Event, from_event
from scanner.format import Format
from scanner.model import AssetType
from scanner.shapes.csv import CsvSignature, CsvVariant
from scanner.shapes.json import JsonSignature
from scanner.shapes.lines import JsonLinesVariant

_OCSF = {"metadata.product.name": "Prowler"}
_OCSF_ON_AWS = {"metadata.product.name": "Prowler", "cloud.provider": "aws"}

FORMAT = Format(
    slug="aws_prowler_v3plus",
    scanner="Prowler",
    asset_type=AssetType.CLOUD,
    names=("AWS Prowler V3", "AWS Prowler V3plus"),
    aliases=("aws_prowler_v3", "aws_prowler_v4", "prowler_v3", "prowler_v4"),
    variants=(
        JsonLinesVariant(
            # what versions since 4 write is detected as prowler, as their CSV is: one scan has one name
            signature=JsonSignature(keys={"finding_info.title"}, values=_OCSF, lines=True),
            record=Event,
            translate=from_event,
            empty=True,
        ),
        JsonLinesVariant(
            signature=JsonSignature(keys={"finding.title", "resources"}, values=_OCSF_ON_AWS, lines=True),
            record=Event,
            translate=from_event,
        ),
        JsonLinesVariant(
            signature=JsonSignature(keys={"CheckID", "StatusExtended"}, values={"Provider": "aws"}, lines=True),
            record=Record,
            translate=from_json,
        ),
        CsvVariant(
            # version 3; later ones have the same columns for all providers, see the format prowler
            signature=CsvSignature(
                {"CHECK_ID", "STATUS_EXTENDED", "RESOURCE_ID"}, any_of=({"FINDING_UNIQUE_ID", "ACCOUNT_ID"},)
            ),
            record=Row,
            translate=from_csv,
            columns=COLUMNS,
        ),
        CsvVariant(
            signature=CsvSignature({"CHECK_ID", "STATUS_EXTENDED", "RESOURCE_UID"}),
            record=Row,
            translate=from_csv,
            columns=COLUMNS,
        ),
    ),
    produce="prowler aws --output-formats csv json-ocsf",
    sources=(
        "https://github.com/prowler-cloud/prowler/tree/4.6.2/prowler/lib/outputs",
        "https://schema.ocsf.io/",
    ),
)
