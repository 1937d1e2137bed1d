"""Checkmarx One: scan results (``cx results show --report-format json``) and improved scan reports (JSON), of all engines.

A result is a data flow of SAST, a query of KICS, a vulnerability of a package or an image, or what its supply-chain engines
found. Results in the state "not exploitable" have been judged to be none; what is proposed to be so is still open.
"""

from scanner.format import Format
from scanner.formats.checkmarx_one.reports import Report, report_sections
from scanner.formats.checkmarx_one.results import Results, result_sections
from scanner.model import AssetType
from scanner.shapes.json import JsonSignature, JsonVariant

FORMAT = Format(
    slug="checkmarx_one",
    scanner="Checkmarx One",
    asset_type=AssetType.REPOSITORY,
    variants=(
        JsonVariant(
            JsonSignature(keys={"results[].similarityId", "results[].data", "results[].status", "results[].state"}),
            Results,
            result_sections,
        ),
        JsonVariant(
            JsonSignature(keys={"results[].resultHash", "results[].queryName", "results[].nodes"}), Results, result_sections
        ),
        JsonVariant(JsonSignature(keys={"results", "totalCount", "scanID"}), Results, result_sections),
        JsonVariant(
            JsonSignature(
                keys={"reportHeader", "scanResults"},
                any_of=({"iacScanResults", "scaScanResults"}, {"vulnerabilityDetails", "reportCreationDate", "reportType"}),
            ),
            Report,
            report_sections,
        ),
    ),
    names=("Checkmarx One Scan",),
    aliases=("cxone", "checkmarx_ast"),
    produce="cx results show --scan-id <id> --report-format json; Scan > Report > JSON",
    sources=(
        "https://github.com/Checkmarx/ast-cli/blob/main/internal/wrappers/results-json.go",
        "https://docs.checkmarx.com/en/34965-182434-checkmarx-one-reporting.html",
        "https://github.com/DefectDojo/django-DefectDojo/tree/master/unittests/scans/checkmarx_one",
    ),
)
