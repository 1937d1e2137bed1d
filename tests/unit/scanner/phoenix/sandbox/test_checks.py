"""Every sentence of the API's page about bodies: what keeps it is taken, what breaks it is refused, and it is said where."""

import pickle

import msgspec
import pytest

from scanner.model import Asset, AssetType, Finding, ImportType, Package, Tag, finding_identity
from scanner.phoenix.sandbox.checks import read_import, read_tags
from scanner.phoenix.sandbox.errors import BodyRefusedError, BodyTooLargeError, SandboxStartError
from scanner.phoenix.sandbox.refusal import REFUSALS_SHOWN, Refusal


def refusals(body):
    with pytest.raises(BodyRefusedError) as caught:
        read_import(body)
    return [(refusal.path, refusal.reason) for refusal in caught.value.refusals]


def refused_paths(body):
    return [path for path, _ in refusals(body)]


FINDING = "$.assets[0].findings[0]"


def test_a_full_body_is_taken_as_it_is(bodies):
    record = bodies.finding()
    request = read_import(
        bodies.request(
            bodies.asset(
                "registry/app:1.4",
                record,
                attributes={"dockerfile": "registry/app:1.4", "repository": "registry/app", "origin": "trivy"},
                tags=[{"key": "scanner", "value": "trivy"}, {"value": "keyless"}],
                installedSoftware=[
                    {"vendor": "v", "name": "n", "version": "1", "cpe": "c"},
                    {"vendor": "", "name": "n", "version": ""},
                ],
            ),
            import_type="new",
        )
    )
    (asset,) = request.assets
    identity = finding_identity(record["name"], record["location"], record["referenceIds"])
    assert request.import_type is ImportType.NEW
    assert request.assessment == ("scan", AssetType.CONTAINER)
    assert asset.key == Asset(AssetType.CONTAINER, {"dockerfile": "registry/app:1.4"}).key()
    assert {key: msgspec.json.decode(content) for key, content in asset.findings.items()} == {identity: record}
    assert asset.software is not None
    assert len(asset.software) == 2


def test_what_the_models_encode_to_is_taken(bodies):
    plain = Finding(name="n", severity=1.0, description="d", remedy="r")
    full = Finding(
        "n2", 10.0, "d", "r", "l", ["CVE-1"], ["CWE-1"], "2024-05-01T00:00:00Z", [Package("p")], {"a": 1}, [Tag("v")]
    )
    raw = [msgspec.Raw(msgspec.json.encode(finding)) for finding in (plain, full)]
    assert read_import(bodies.request(bodies.asset("i", *raw))).findings == 2


@pytest.mark.parametrize("changes", [
    {"severity": 1}, {"severity": 10}, {"severity": 1.0}, {"severity": 7.35},
    {"location": None}, {"referenceIds": None}, {"cwes": None}, {"publishedDateTime": None}, {"packages": None},
    {"packages": [{"name": "openssl"}]}, {"packages": []}, {"details": None}, {"details": {}}, {"tags": None},
    {"publishedDateTime": "2024-05-01T00:00:00Z"}, {"publishedDateTime": "2024-05-01T00:00:00.123+02:00"},
    {"referenceIds": ["RHSA-2024:1"]}, {"description": "  x"},
])  # fmt: skip
def test_findings_that_are_taken(bodies, changes):
    assert read_import(bodies.request(bodies.asset("i", bodies.finding(**changes)))).findings == 1


@pytest.mark.parametrize(("changes", "path", "reason"), [
    ({"name": None}, ".name", "missing"),
    ({"name": ""}, ".name", "empty"),
    ({"name": 5}, ".name", "`str`"),
    ({"description": None}, ".description", "missing"),
    ({"description": ""}, ".description", "empty"),
    ({"remedy": None}, ".remedy", "missing"),
    ({"remedy": ""}, ".remedy", "empty"),
    ({"severity": None}, ".severity", "missing"),
    ({"severity": 0.99}, ".severity", "from 1.0 to 10.0"),
    ({"severity": 10.01}, ".severity", "from 1.0 to 10.0"),
    ({"severity": "8.0"}, ".severity", "got `str`"),
    ({"severity": "high"}, ".severity", "got `str`"),
    ({"severity": True}, ".severity", "got `bool`"),
    ({"location": 5}, ".location", "got `int`"),
    ({"referenceIds": []}, ".referenceIds", "leave it out"),
    ({"referenceIds": [""]}, ".referenceIds[0]", "empty"),
    ({"referenceIds": "CVE-2024-1"}, ".referenceIds", "`array"),
    ({"referenceIds": ["CVE-1", "CVE-2", "CVE-1"]}, ".referenceIds", "more than once: CVE-1"),
    ({"referenceIds": ["CVE-1", "CWE-79"]}, ".referenceIds[1]", "belongs in cwes"),
    ({"referenceIds": ["cwe-79"]}, ".referenceIds[0]", "belongs in cwes"),
    ({"cwes": []}, ".cwes", "leave it out"),
    ({"cwes": ["CWE-1", "CWE-1"]}, ".cwes", "more than once"),
    ({"cwes": ["CWE-1", "79"]}, ".cwes[1]", "CWE-"),
    ({"cwes": ["cwe-79"]}, ".cwes[0]", "CWE-"),
    ({"cwes": ["CWE-79\n"]}, ".cwes[0]", "CWE-"),
    ({"cwes": ["CWE-noinfo"]}, ".cwes[0]", "CWE-"),
    ({"cwes": [79]}, ".cwes[0]", "`str`"),
    ({"publishedDateTime": ""}, ".publishedDateTime", "leave it out"),
    ({"publishedDateTime": "May 2024"}, ".publishedDateTime", "date and time"),
    ({"publishedDateTime": "2024-05-01"}, ".publishedDateTime", "date and time"),
    ({"publishedDateTime": 1717500000}, ".publishedDateTime", "`int`"),
    ({"packages": [{"name": ""}]}, ".packages[0].name", "empty"),
    ({"packages": [{"version": "1"}]}, ".packages[0]", "name"),
    ({"packages": [{"name": "n", "fixVersions": "1"}]}, ".packages[0].fixVersions", "`array`"),
    ({"packages": [{"name": "n", "fixedVersion": "1"}]}, ".packages[0]", "fixedVersion"),
    ({"details": "text"}, ".details", "`object`"),
    ({"details": [1]}, ".details", "`object`"),
    ({"tags": [{"key": "k"}]}, ".tags[0]", "value"),
    ({"tags": [{"key": "k", "value": ""}]}, ".tags[0].value", "empty"),
    ({"tags": ["v"]}, ".tags[0]", "`object`"),
    ({"id": "42"}, ".id", "unknown field"),
    ({"assetId": "42"}, ".assetId", "unknown field"),
    ({"reference_ids": ["CVE-1"]}, ".reference_ids", "unknown field"),
])  # fmt: skip
def test_findings_that_are_refused(bodies, changes, path, reason):
    ((found_path, found_reason),) = refusals(bodies.request(bodies.asset("i", bodies.finding(**changes))))
    assert found_path == FINDING + path
    assert reason in found_reason


@pytest.mark.parametrize(
    "field", ["name", "description", "severity", "location", "referenceIds", "cwes", "publishedDateTime", "details"]
)
def test_null_is_not_the_same_as_left_out(bodies, field):
    record = bodies.finding() | {field: None}
    assert refused_paths(bodies.request(bodies.asset("i", record))) == [f"{FINDING}.{field}"]


@pytest.mark.parametrize(("asset_type", "attributes"), [
    ("INFRA", {"ip": "10.0.0.1"}), ("INFRA", {"hostname": "h"}),
    ("INFRA", {"ip": "i", "hostname": "h", "network": "n", "fqdn": "f", "os": "o", "netbios": "b", "macAddress": "m"}),
    ("WEB", {"ip": "10.0.0.1"}), ("WEB", {"fqdn": "example.org"}),
    ("CLOUD", {"providerType": "AWS", "providerAccountId": "1"}), ("CLOUD", {"providerType": "GCP", "providerAccountId": "p"}),
    ("CLOUD", {"providerType": "AZURE", "providerAccountId": "s", "region": "west"}),
    ("CLOUD", {"providerType": "AWS", "providerAccountId": "1", "vpc": "v", "subnet": "s", "region": "r",
               "providerAccountName": "n", "providerResourceId": "arn", "resourceGroup": "g"}),
    ("CONTAINER", {"dockerfile": "d", "repository": "r", "origin": "o", "imageDigest": "i", "imageName": "n"}),
    ("REPOSITORY", {"repository": "r", "origin": "o"}), ("CODE", {"scannerSource": "s", "origin": "o"}),
    ("BUILD", {"buildFile": "pom.xml", "repository": "r", "origin": "o"}),
])  # fmt: skip
def test_attributes_that_are_taken(bodies, asset_type, attributes):
    request = read_import(bodies.request(bodies.asset(attributes=attributes), asset_type=asset_type))
    assert request.assets[0].attributes == attributes


@pytest.mark.parametrize(("asset_type", "attributes", "path", "reason"), [
    ("INFRA", {"os": "linux"}, "", "ip or hostname"), ("INFRA", {"ip": ""}, "", "ip or hostname"),
    ("WEB", {}, "", "ip or fqdn"),
    ("CLOUD", {"providerType": "ORACLE", "providerAccountId": "1"}, "", "providerType"),
    ("CLOUD", {"providerType": "AWS"}, "", "providerAccountId"),
    ("CLOUD", {"providerType": "AZURE", "providerAccountId": "1"}, "", "region"),
    ("CONTAINER", {"imageName": "app"}, "", "dockerfile"), ("REPOSITORY", {"origin": "o"}, "", "repository"),
    ("CODE", {"origin": "o"}, "", "scannerSource"), ("BUILD", {"repository": "r"}, "", "buildFile"),
    ("WEB", {"fqdn": "f", "hostname": "h"}, ".hostname", "one type"),
    ("CONTAINER", {"dockerfile": "d", "ip": "10.0.0.1"}, ".ip", "one type"),
    ("CONTAINER", {"dockerfile": "d", "id": "1"}, ".id", "one type"),
    ("CONTAINER", {"dockerfile": 5}, "[...]", "`str`"),
])  # fmt: skip
def test_attributes_that_are_refused(bodies, asset_type, attributes, path, reason):
    ((found_path, found_reason),) = refusals(bodies.request(bodies.asset(attributes=attributes), asset_type=asset_type))
    assert found_path == f"$.assets[0].attributes{path}"
    assert reason in found_reason


@pytest.mark.parametrize(("changes", "path"), [
    ({"id": "1"}, ".id"), ({"assetType": "WEB"}, ".assetType"), ({"tags": [{"value": 5}]}, ".tags[0].value"),
    ({"installedSoftware": [{"vendor": "v", "name": "n"}]}, ".installedSoftware[0]"),
    ({"installedSoftware": None}, ".installedSoftware"), ({"findings": None}, ".findings"), ({"attributes": []}, ".attributes"),
])  # fmt: skip
def test_assets_that_are_refused(bodies, changes, path):
    assert refused_paths(bodies.request(bodies.asset("i", **changes))) == [f"$.assets[0]{path}"]


def test_an_asset_without_findings_and_an_import_without_assets_are_taken(bodies):
    assert read_import(bodies.request({"attributes": {"dockerfile": "d"}})).findings == 0
    assert read_import(bodies.request(import_type="new")).assets == ()


@pytest.mark.parametrize(("body", "paths"), [
    (b"", ["$"]), (b"[]", ["$"]), (b"null", ["$"]), (b'{"importType": "new"', ["$"]), (b"\xff\xfe", ["$"]),
    (b'{"importType": "new", "assets": [], "assessment": {"assetType": "WEB", "name": "\xff"}}', ["$"]),
    (b"{}", ["$.importType", "$.assessment", "$.assets"]),
    (b'{"importType": "replace", "assets": {}, "assessment": {"assetType": "WEB", "name": "n"}}', ["$.importType", "$.assets"]),
    (b'{"importType": "NEW", "assets": [], "assessment": {"assetType": "WEB", "name": "n"}}', ["$.importType"]),
    (b'{"importType": "new", "assets": [], "assessment": {"assetType": "HOST", "name": "n"}}', ["$.assessment.assetType"]),
    (b'{"importType": "new", "assets": [], "assessment": {"assetType": "WEB", "name": ""}}', ["$.assessment.name"]),
    (b'{"importType": "new", "assets": [], "assessment": {"assetType": "WEB"}}', ["$.assessment"]),
    (b'{"importType": "new", "assets": [], "assessment": {"assetType": "WEB", "name": "n", "id": "1"}}', ["$.assessment"]),
    (b'{"importType": "new", "assets": [], "assessment": {"assetType": "WEB", "name": "n"}, "x": 1}', ["$.x"]),
    (b'{"importType": "new", "assets": [5], "assessment": {"assetType": "WEB", "name": "n"}}', ["$.assets[0]"]),
    (b'{"importType": "new", "assets": ' + b"[" * 100_000, ["$"]),
])  # fmt: skip
def test_bodies_that_are_refused(body, paths):
    assert refused_paths(body) == paths


def test_a_deep_detail_is_refused_in_its_place(bodies):
    body = bodies.request(bodies.asset("i", bodies.finding(details="DEEP"))).replace(
        b'"DEEP"', b'{"a":' * 5000 + b"1" + b"}" * 5000
    )
    assert refusals(body)[0][1] == "nested too deeply"


def test_all_mistakes_are_told_up_to_a_limit(bodies):
    bad = bodies.finding(severity="high", remedy="", extra=1)
    paths = refused_paths(bodies.request(bodies.asset("a", bodies.finding(), bad), bodies.asset("b", bad, tags=5)))
    expected = [f"$.assets[0].findings[1].{field}" for field in ("extra", "remedy", "severity")] + ["$.assets[1].tags"]
    assert paths == expected
    many = refused_paths(bodies.request(*(bodies.asset(f"i{number}", *[bad] * 4) for number in range(10))))
    assert len(many) == REFUSALS_SHOWN
    assert many[-1].startswith("$.assets[1].findings[2]")


def test_too_many_assets(bodies):
    body = bodies.request(*(bodies.asset(f"i{number}") for number in range(4)))
    assert len(read_import(body, max_assets=4).assets) == 4
    with pytest.raises(BodyTooLargeError, match=r"4 assets .* 3 are allowed"):
        read_import(body, max_assets=3)


def test_tags(bodies):
    body = read_tags(b'{"tags": [{"key": "k", "value": "v"}], "assetIds": ["a", "b"]}')
    assert (len(body.tags), body.asset_ids) == (1, ["a", "b"])
    for refused in (
        b'{"tags": [], "assetIds": ["a"]}',
        b'{"tags": [{"value": "v"}], "assetIds": []}',
        b'{"tags": [{"value": "v"}]}',
    ):
        with pytest.raises(BodyRefusedError):
            read_tags(refused)


@pytest.mark.parametrize("error", [
    BodyRefusedError((Refusal("$.a", "missing"), Refusal("$.b", "empty"))), BodyTooLargeError("bytes", 1, 2),
    SandboxStartError("h", 1),
])  # fmt: skip
def test_errors_survive_a_process_border(error):
    copy = pickle.loads(pickle.dumps(error))
    assert (type(copy), str(copy), copy.retryable) == (type(error), str(error), False)
