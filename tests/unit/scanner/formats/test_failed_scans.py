"""A scan that failed is refused, and one that did not look everywhere says so, each by a report as its tool writes it."""

import json
import pickle
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sample_reports import Collected

from scanner.detection import detect
from scanner.errors import MalformedReportError
from scanner.readers.document import Document, mapped
from scanner.shards import cut, read_shard
from scanner.translation import Tally, translate_file, translate_section


def translated(folder: Path, report: str | dict | list, slug: str) -> Collected:
    path = folder / "report"
    path.write_text(report if isinstance(report, str) else json.dumps(report))
    sink = Collected()
    translate_file(path, sink, scanner_type=slug)
    return sink


def told(sink: Collected) -> list[str]:
    return [skipped.reason for skipped in sink.skipped]


DEPENDENCY_CHECK = {"projectInfo": {"name": "shop"}, "dependencies": []}
EXCEPTIONS = {"analysisExceptions": [{"exception": {"message": "no data for https://ci:token@nvd.example", "stackTrace": []}}]}
ANALYSIS = (
    '<analysis xmlns="https://jeremylong.github.io/DependencyCheck/dependency-check.2.5.xsd"><scanInfo><analysisExceptions>'
    "<exception><message>no data</message><cause><message>offline</message></cause></exception></analysisExceptions></scanInfo>"
    "<projectInfo><name>shop</name></projectInfo><dependencies>{}</dependencies></analysis>"
)
NESSUS = "<NessusClientData_v2><Policy><policyName>Quick</policyName></Policy>{}</NessusClientData_v2>"
QUALYS_DTD = '<!DOCTYPE SCAN SYSTEM "https://qualysapi.example/scan-1.dtd">'
DETECTIONS = (
    "<HOST_LIST_VM_DETECTION_OUTPUT><RESPONSE><HOST_LIST><HOST><IP>192.0.2.1</IP></HOST></HOST_LIST><WARNING><CODE>1980</CODE>"
    "<TEXT>1000 record limit exceeded.</TEXT></WARNING></RESPONSE></HOST_LIST_VM_DETECTION_OUTPUT>"
)
SARIF = {"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0"}
ERROR = {"level": "error", "type": "Rule parse error", "message": "rule r did not parse"}
SNYK = {"ok": False, "error": "no lock file", "path": "/shop", "projectName": "shop", "packageManager": "npm"}
K8S = {"ClusterName": "prod", "Resources": [{"Namespace": "a", "Kind": "Pod", "Name": "tea", "Error": "image not found"}]}
NUCLEI = {"template-id": "t", "info": {"name": "T"}, "type": "http", "host": "a.example", "matcher-status": False}


@pytest.mark.parametrize(
    ("slug", "report", "words"),
    [
        ("tenable", NESSUS.format(""), "no <Report>"),
        ("tenable", "<NessusClientData><Policies/></NessusClientData>", "no <Report>"),
        ("anchore_grype", {"matches": None, "descriptor": {"name": "grype"}}, "no matches"),
        ("anchore_grype", {"descriptor": {"name": "grype"}}, "no matches"),
        ("dependency_check", DEPENDENCY_CHECK | {"scanInfo": EXCEPTIONS}, "no data for https://nvd.example"),
        ("dependency_check", DEPENDENCY_CHECK | {"scanInfo": {}, "dependencies": None}, "no dependencies"),
        ("dependency_check", ANALYSIS.format(""), "no data"),
        ("sarif", SARIF | {"runs": None}, "no runs"),
        ("sarif", SARIF, "no runs"),
        ("semgrep_pro", {"findings": None}, "no findings"),
        ("sonarqube", {"issues": None, "components": [], "paging": {}, "effortTotal": 0}, "neither issues nor hotspots"),
        ("sonarqube", {"projectName": "shop", "sonarBaseURL": "u", "issues": None}, "no issues"),
        ("zap", {"@version": "2.17.0", "@generated": "now", "site": []}, "no site"),
        ("zap", {"alerts": None}, "no alerts"),
        ("trivy", {"ID": "docker-cis", "Title": "CIS", "Results": None}, "no controls"),
        ("zap", '<OWASPZAPReport version="2.9.0"></OWASPZAPReport>', "no <site>"),
        ("qualys", "<SIMPLE_RETURN><RESPONSE><TEXT>Bad Login</TEXT></RESPONSE></SIMPLE_RETURN>", "Qualys says: Bad Login"),
        ("qualys_infrascan_webgui", f'{QUALYS_DTD}<SCAN><ERROR number="3">No host alive</ERROR></SCAN>', "No host alive"),
        ("trivy", K8S, "a/Pod/tea: image not found"),
        ("nuclei", NUCLEI | {"error": "could not connect to https://u:p@a.example"}, "could not connect to https://a.example"),
        ("npm_audit_7_plus", {"error": {"code": "ENOLOCK", "summary": "no lock file", "detail": ""}}, "ENOLOCK"),
    ],
)
def test_a_report_that_does_not_say_that_it_looked_is_refused(
    tmp_path: Path, slug: str, report: str | dict[str, Any], words: str
) -> None:
    with pytest.raises(MalformedReportError) as refused:
        translated(tmp_path, report, slug)
    assert words in str(refused.value)
    assert "token@" not in str(refused.value)
    assert "u:p@" not in str(refused.value)


@pytest.mark.parametrize(
    ("slug", "report"),
    [
        ("tenable", NESSUS.format('<Report name="r"/>')),
        ("tenable", NESSUS.format('<x:Report xmlns:x="u" name="r"></x:Report>')),
        ("anchore_grype", {"matches": [], "descriptor": {"name": "grype"}}),
        ("dependency_check", DEPENDENCY_CHECK | {"scanInfo": {}}),
        ("sarif", SARIF | {"runs": []}),
        ("sonarqube", {"issues": [], "components": [], "paging": {"pageIndex": 1, "total": 0}, "effortTotal": 0}),
        ("nuclei", NUCLEI),
    ],
)
def test_an_empty_report_that_says_that_it_looked_is_a_clean_one(tmp_path: Path, slug: str, report: str | dict) -> None:
    sink = translated(tmp_path, report, slug)
    assert (sink.findings, sink.skipped) == ([], [])


SONARQUBE_ISSUE = {"rule": "java:S1", "component": "shop:A.java", "severity": "MINOR"}


@pytest.mark.parametrize(
    ("slug", "report", "words"),
    [
        ("dependency_check", DEPENDENCY_CHECK | {"scanInfo": EXCEPTIONS, "dependencies": [{"fileName": "a.jar"}]}, "no data"),
        ("dependency_check", ANALYSIS.format("<dependency><fileName>a.jar</fileName></dependency>"), "no data"),
        ("semgrep", {"results": [], "errors": [ERROR], "paths": {"scanned": ["a.py"]}, "version": "1"}, "did not parse"),
        ("qualys", DETECTIONS, "1000 record limit exceeded."),
        ("snyk", SNYK | {"vulnerabilities": [{"id": "SNYK-1", "packageName": "tea", "from": []}]}, "shop: no lock file"),
        ("trivy", K8S | {"Resources": [*K8S["Resources"], {"Kind": "Pod", "Name": "cup"}]}, "a/Pod/tea: image not found"),
        (
            "sonarqube",
            {"issues": [SONARQUBE_ISSUE], "components": [], "paging": {"pageIndex": 2, "total": 7}, "effortTotal": 0},
            "page 2 has 1 of 7",
        ),
        ("sonarqube", {"issues": [SONARQUBE_ISSUE], "components": [], "p": 1, "total": 7}, "page 1 has 1 of 7"),
    ],
)
def test_a_scan_that_did_not_look_everywhere_is_told(tmp_path: Path, slug: str, report: str | dict, words: str) -> None:
    sink = translated(tmp_path, report, slug)
    assert sink.assets
    assert [words in reason for reason in told(sink)] == [True]


def test_many_errors_are_told_as_a_few_and_a_number(tmp_path: Path) -> None:
    errors = [ERROR | {"message": f"error {number}"} for number in (0, 0, 1, 2, 3, 4)]
    sink = translated(tmp_path, {"results": [], "errors": errors, "paths": {"scanned": ["a.py"]}, "version": "1"}, "semgrep")
    assert told(sink) == ["error 0; error 1; error 2; and 2 more"]


@dataclass
class File:
    """A document that is kept on this machine."""

    at: Path
    name: str = "report"

    def read(self, start: int, stop: int) -> bytes:
        return self.at.read_bytes()[start:stop]

    def window(self, start: int, stop: int) -> memoryview | None:
        return None

    def path(self) -> Path:
        return self.at


@pytest.mark.parametrize("shard_bytes", [100, 1_000_000])
def test_what_a_scan_says_of_itself_is_told_once_by_the_shards_of_its_report(tmp_path: Path, shard_bytes: int) -> None:
    results = [{"ruleId": f"r{number}", "message": {"text": "m"}} for number in range(20)]
    invocation = {"executionSuccessful": False, "exitCodeDescription": "out of memory"}
    path = tmp_path / "report.sarif"
    run = {"tool": {"driver": {"name": "T"}}, "results": results, "invocations": [invocation]}
    path.write_text(json.dumps(SARIF | {"runs": [run]}))
    document = Document(path.name, *mapped(path))
    sink, tally = Collected(), Tally()
    for shard in cut(document, detect(document), shard_bytes=shard_bytes):
        for section in read_shard(pickle.loads(pickle.dumps(shard)), File(path)):
            tally += translate_section(section, sink)
    tally.require_any_read(path.name)
    assert told(sink) == ["out of memory"]
    assert len(sink.findings) == len(results)
