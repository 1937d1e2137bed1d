"""All kinds of reports, by the name to ask for them."""

from benchmarks.reports import grype, nessus, nuclei, qualys_csv, sarif, tenable_csv, trivy
from benchmarks.reports.kind import Kind

KINDS: dict[str, Kind] = {
    "trivy": trivy.KIND,
    "grype": grype.KIND,
    "nessus": nessus.KIND,
    "tenable-csv": tenable_csv.KIND,
    "qualys-csv": qualys_csv.KIND,
    "sarif": sarif.KIND,
    "nuclei": nuclei.KIND,
}
