"""What tools and teams have put aside, and what tools tell apart, each by a report as its tool writes it."""

import csv
import io
import json
from pathlib import Path

import pytest
from sample_reports import Collected

from scanner.normalize.dismissal import Dismissal
from scanner.translation import translate_file


def translated(folder: Path, report: str | dict | list, slug: str) -> Collected:
    path = folder / "report"
    path.write_text(report if isinstance(report, str) else json.dumps(report))
    sink = Collected()
    translate_file(path, sink, scanner_type=slug)
    assert not sink.skipped
    return sink


def table(rows: list[dict[str, str]], delimiter: str = ",") -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]), delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def identities(sink: Collected) -> list[tuple[bytes, str, str]]:
    return sorted((on, finding.name, finding.location) for on, finding in sink.findings)


def reasons(sink: Collected) -> list[Dismissal]:
    return [dismissed.reason for _, dismissed in sink.dismissed]


def prowler_event(uid: str, status: str, resource: str, provider: str = "aws") -> dict:
    return {
        "metadata": {"event_code": "teapot_locked", "product": {"name": "Prowler", "version": "5.46.0"}, "version": "1.5.0"},
        "severity": "High",
        "status": "New",
        "status_code": status,
        "status_detail": "It is open.",
        "finding_info": {"title": "Teapots are locked", "desc": "d", "uid": uid},
        "resources": [{"uid": resource, "name": resource, "region": "eu-west-1", "type": "Pot"}],
        "cloud": {
            "provider": provider,
            "region": "eu-west-1",
            "account": {"uid": "iac" if provider == "iac" else "111122223333"},
        },
    }


def prowler_row(uid: str, status: str, resource: str, provider: str = "aws") -> dict[str, str]:
    return {
        "ACCOUNT_UID": "iac" if provider == "iac" else "111122223333",
        "ACCOUNT_NAME": "",
        "FINDING_UID": uid,
        "PROVIDER": provider,
        "CHECK_ID": "teapot_locked",
        "CHECK_TITLE": "Teapots are locked",
        "STATUS": status,
        "STATUS_EXTENDED": "It is open.",
        "MUTED": "False",
        "SEVERITY": "high",
        "RESOURCE_UID": resource,
        "RESOURCE_NAME": resource,
        "REGION": "eu-west-1",
    }


@pytest.mark.parametrize(
    ("provider", "uid", "location"),
    [("aws", "prowler-aws-x", "arn:x"), ("iac", "prowler-iac-x-branch-docker/Dockerfile-7:9", "docker/Dockerfile:7")],
)
def test_prowler_5_has_one_name_and_one_identity_in_csv_and_ocsf(
    tmp_path: Path, provider: str, uid: str, location: str
) -> None:
    resource = location.partition(":7")[0]
    ocsf, rows = tmp_path / "scan.ocsf.json", tmp_path / "scan.csv"
    ocsf.write_text(json.dumps([prowler_event(uid, "FAIL", resource, provider)]))
    rows.write_text(table([prowler_row(uid, "FAIL", resource, provider)], ";"))
    of_events, of_rows = Collected(), Collected()
    detected = {translate_file(ocsf, of_events).slug, translate_file(rows, of_rows).slug}
    assert detected == {"prowler"}
    assert identities(of_events) == identities(of_rows)
    ((_, finding),) = of_events.findings
    assert finding.location == location


def test_files_of_prowlers_iac_provider_are_of_one_repository(tmp_path: Path) -> None:
    rows = [prowler_row("u", "FAIL", "docker/Dockerfile", "iac"), prowler_row("v", "FAIL", "k8s/pod.yaml", "iac")]
    sink = translated(tmp_path, table(rows, ";"), "prowler")
    assert len(sink.assets) == 1


def test_prowler_manual_is_not_checked_and_muted_is_suppressed(tmp_path: Path) -> None:
    events = [prowler_event("u", "MANUAL", "a"), prowler_event("v", "PASS", "b"), prowler_event("w", "FAIL", "c")]
    events[2]["status"] = "Suppressed"
    sink = translated(tmp_path, events, "prowler")
    assert (reasons(sink), sink.findings) == ([Dismissal.NOT_CHECKED, Dismissal.SUPPRESSED], [])


def test_tenable_accepted_and_fixed(tmp_path: Path) -> None:
    """Tenable Vulnerability Management's export: ``state`` and ``severity_modification_type``."""
    record = {"asset": {"ipv4": "192.0.2.1"}, "plugin": {"id": 1, "name": "Old"}, "severity": "high", "state": "OPEN"}
    records = [record, record | {"state": "FIXED"}, record | {"severity_modification_type": "ACCEPTED"}]
    sink = translated(tmp_path, records, "tenable")
    assert (reasons(sink), len(sink.findings)) == ([Dismissal.FIXED, Dismissal.RISK_ACCEPTED], 1)


def test_security_center_accepted_risk(tmp_path: Path) -> None:
    row = {
        "Plugin": "1",
        "Plugin Name": "Old",
        "Severity": "High",
        "IP Address": "192.0.2.1",
        "Family": "f",
        "Accept Risk?": "No",
    }
    sink = translated(tmp_path, table([row, row | {"Plugin": "2", "Accept Risk?": "Yes"}]), "tenable")
    assert (reasons(sink), len(sink.findings)) == ([Dismissal.RISK_ACCEPTED], 1)


def test_compliance_checks_of_one_name_are_told_apart_by_their_ids(tmp_path: Path) -> None:
    """Nessus: an audit has several checks of one name; one that could not be run is not checked."""

    def item(check_id: str, result: str) -> str:
        return (
            '<ReportItem port="0" svc_name="general" protocol="tcp" severity="3" pluginID="21157" pluginName="Unix Compliance '
            'Checks" pluginFamily="Policy Compliance"><cm:compliance-check-name>Lock it</cm:compliance-check-name>'
            f"<cm:compliance-result>{result}</cm:compliance-result><cm:compliance-check-id>{check_id}</cm:compliance-check-id>"
            "<cm:compliance-audit-file>a.audit</cm:compliance-audit-file></ReportItem>"
        )

    items = item("c1", "FAILED") + item("c2", "FAILED") + item("c3", "ERROR") + item("c4", "PASSED")
    report = (
        '<?xml version="1.0"?><NessusClientData_v2><Report name="r" xmlns:cm="http://www.nessus.org/cm">'
        f'<ReportHost name="192.0.2.1"><HostProperties/>{items}</ReportHost></Report></NessusClientData_v2>'
    )
    sink = translated(tmp_path, report, "tenable")
    assert [finding.location for _, finding in sink.findings] == ["a.audit [c1]", "a.audit [c2]"]
    assert reasons(sink) == [Dismissal.NOT_CHECKED]


@pytest.mark.parametrize(
    ("impacts", "severity"),
    [
        ([("MAINTAINABILITY", "LOW"), ("SECURITY", "BLOCKER")], 10.0),
        ([("MAINTAINABILITY", "HIGH"), ("RELIABILITY", "LOW")], 8.0),
        ([("SECURITY", "INFO"), ("RELIABILITY", "BLOCKER")], 1.0),
        ([], 2.0),
    ],
)
def test_sonarqube_10_rates_by_quality(tmp_path: Path, impacts: list[tuple[str, str]], severity: float) -> None:
    issue = {
        "rule": "java:S1",
        "component": "shop:A.java",
        "severity": "MINOR",
        "impacts": [{"softwareQuality": quality, "severity": word} for quality, word in impacts],
    }
    sink = translated(tmp_path, {"paging": {}, "effortTotal": 1, "issues": [issue], "components": []}, "sonarqube")
    assert [finding.severity for _, finding in sink.findings] == [severity]


def test_sonarqube_outcomes(tmp_path: Path) -> None:
    words = ["FALSE-POSITIVE", "WONTFIX", "FIXED", "REMOVED", "SAFE", "ACKNOWLEDGED", ""]
    issues = [{"rule": "r", "component": "s:A", "resolution": word, "line": line} for line, word in enumerate(words, 1)]
    sink = translated(tmp_path, {"paging": {}, "effortTotal": 1, "issues": issues, "components": []}, "sonarqube")
    expected = [Dismissal.FALSE_POSITIVE, Dismissal.RISK_ACCEPTED, Dismissal.FIXED, Dismissal.FIXED, Dismissal.FALSE_POSITIVE]
    assert reasons(sink) == [*expected, Dismissal.RISK_ACCEPTED]
    assert len(sink.findings) == 1


def test_qualys_vmdr_fixed_and_ignored(tmp_path: Path) -> None:
    row = {"QID": "1", "Title": "t", "Severity": "4", "Asset Name": "web", "Asset IPV4": "192.0.2.1", "Status": "ACTIVE"}
    rows = [row | {"Ignored": "No"}, row | {"Ignored": "Yes"}, row | {"Ignored": "No", "Status": "FIXED"}]
    sink = translated(tmp_path, table(rows), "qualys_vmdr")
    assert (reasons(sink), len(sink.findings)) == ([Dismissal.SUPPRESSED, Dismissal.FIXED], 1)


def test_qualys_api_detections_that_are_ignored(tmp_path: Path) -> None:
    def detection(qid: int, **facts: str) -> str:
        return f"<DETECTION><QID>{qid}</QID>{''.join(f'<{name}>{text}</{name}>' for name, text in facts.items())}</DETECTION>"

    detections = detection(1, STATUS="Active", IS_IGNORED="1") + detection(2, STATUS="Active", IS_DISABLED="0")
    report = (
        "<HOST_LIST_VM_DETECTION_OUTPUT><RESPONSE><HOST_LIST><HOST><IP>192.0.2.1</IP>"
        f"<DETECTION_LIST>{detections}</DETECTION_LIST></HOST></HOST_LIST></RESPONSE></HOST_LIST_VM_DETECTION_OUTPUT>"
    )
    sink = translated(tmp_path, report, "qualys")
    assert (reasons(sink), len(sink.findings)) == ([Dismissal.SUPPRESSED], 1)


def test_zap_alerts_of_one_name_are_told_apart(tmp_path: Path) -> None:
    """ZAP 2.17 raises several alerts of one name from a plugin, told by ``alertRef``."""
    alert = {"pluginid": "90004", "name": "No isolation", "riskcode": "1"}
    alerts = [
        alert | {"alertRef": "90004-1"},
        alert | {"alertRef": "90004-2", "confidence": "0"},
        alert | {"alertRef": "90004"},
    ]
    site = {"@name": "https://a.example", "@host": "a.example", "alerts": alerts}
    sink = translated(tmp_path, {"@version": "2.17.0", "@generated": "now", "site": [site]}, "zap")
    assert [finding.location for _, finding in sink.findings] == ["https://a.example [90004-1]", "https://a.example"]
    assert reasons(sink) == [Dismissal.FALSE_POSITIVE]


def test_burp_names_the_library_of_a_script(tmp_path: Path) -> None:
    issues = "".join(
        "<issue><name>Vulnerable JavaScript dependency</name><host>https://a.example</host><path>/b.js</path><location>/b.js"
        "</location><severity>Low</severity>"
        f"<issueDetail><![CDATA[We saw <b>{name}</b> version {bold}, old.]]></issueDetail></issue>"
        for name, bold in (("timber", "1.2"), ("cedar", "<b>0.9.1</b>"))
    )
    sink = translated(tmp_path, f'<issues burpVersion="2025.8">{issues}</issues>', "burp")
    assert [finding.location.rpartition(" ")[2] for _, finding in sink.findings] == ["(timber@1.2)", "(cedar@0.9.1)"]


def test_nuclei_templates_are_known_by_their_ids(tmp_path: Path) -> None:
    lines = [
        {
            "template-id": template,
            "info": {"name": "Login", "severity": "info"},
            "type": "http",
            "matched-at": "https://a.example",
        }
        for template in ("panel", "default-password")
    ]
    sink = translated(tmp_path, "\n".join(map(json.dumps, lines)), "nuclei")
    assert [finding.location for _, finding in sink.findings] == [
        "https://a.example [panel]",
        "https://a.example [default-password]",
    ]


def test_prowler_resolved_events_are_fixed(tmp_path: Path) -> None:
    event = prowler_event("u", "FAIL", "a") | {"status": "Resolved"}
    assert reasons(translated(tmp_path, [event], "prowler")) == [Dismissal.FIXED]


@pytest.mark.parametrize(("risk", "severity"), [("Unknown", 9.8), ("", 9.8), ("Low", 2.0), ("None", 1.0)])
def test_tenable_falls_back_on_the_score_beside_an_unknown_word(tmp_path: Path, risk: str, severity: float) -> None:
    row = {"Plugin ID": "1", "CVE": "", "Risk": risk, "Host": "h1", "Protocol": "tcp", "Port": "1", "Name": "P"}
    sink = translated(tmp_path, table([row | {"CVSS v3.0 Base Score": "9.8"}]), "tenable")
    assert [finding.severity for _, finding in sink.findings] == [severity]


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        ({"false_p": True}, Dismissal.FALSE_POSITIVE),
        ({"is_mitigated": True}, Dismissal.FIXED),
        ({"risk_accepted": True}, Dismissal.RISK_ACCEPTED),
        ({"duplicate": "true"}, Dismissal.DUPLICATE),
        ({"active": False}, Dismissal.SUPPRESSED),
        ({"active": True, "false_p": False}, None),
    ],
)
def test_what_a_tracker_has_decided_counts_in_the_generic_format(tmp_path: Path, state: dict, reason: Dismissal | None) -> None:
    sink = translated(tmp_path, {"findings": [{"title": "t", "severity": "High"} | state]}, "generic")
    assert reasons(sink) == ([reason] if reason else [])
    assert len(sink.findings) == (reason is None)
    words = {"true": "True", True: "True", False: "False"}
    columns = {"false_p": "FalsePositive", "is_mitigated": "is_mitigated", "risk_accepted": "risk_accepted"}
    row = {columns.get(name, name.capitalize()): words[value] for name, value in state.items()}
    in_csv = translated(tmp_path, table([{"Title": "t", "Severity": "High", "Description": "d", "CVE": ""} | row]), "generic")
    assert reasons(in_csv) == reasons(sink)


def test_prowler_2_has_one_set_of_findings_in_csv_and_json(tmp_path: Path) -> None:
    """A check that passed is no finding; one that informs was not checked; a warning is a failure on the allow list."""
    statuses = ("FAIL", "PASS", "INFO", "WARNING")
    row = {"ACCOUNT_NUM": "1", "REGION": "eu-west-1", "TITLE_ID": "1.1", "TITLE_TEXT": "[c1] Lock it", "CHECK_SEVERITY": "High"}
    rows = [row | {"CHECK_RESULT": status, "CHECK_RESULT_EXTENDED": f"pot {status}"} for status in statuses]
    record = {"Account Number": "1", "Region": "eu-west-1", "Control": "[c1] Lock it", "Control ID": "1.1", "Severity": "High"}
    records = [record | {"Status": status, "Message": f"pot {status}"} for status in statuses]
    in_csv = translated(tmp_path, table(rows), "aws_prowler")
    in_json = translated(tmp_path, "\n".join(map(json.dumps, records)), "aws_prowler")
    assert identities(in_csv) == identities(in_json)
    assert [(finding.location, finding.severity) for _, finding in in_csv.findings] == [("pot FAIL", 8.0)]
    assert reasons(in_csv) == reasons(in_json) == [Dismissal.NOT_CHECKED, Dismissal.SUPPRESSED]
