"""One scan is one asset with one set of identities in every format its tool writes. Sources: Trivy 0.76, Gitleaks 8.30."""

import json
from pathlib import Path

import pytest
from sample_reports import FOLDER, Collected

from scanner.translation import translate_file

TRIVY = ("trivy/archive_many.json", "sarif/trivy_many.sarif", "cyclonedx/json_trivy_many.json")


def collected(path: Path, scanner_type: str) -> Collected:
    sink = Collected()
    translate_file(path, sink, scanner_type=scanner_type)
    return sink


def identities(sink: Collected) -> dict[tuple[str, str, tuple[str, ...]], float | None]:
    """With their severities; None for what nobody rates, which compares with itself."""
    return {
        (finding.name, finding.location, tuple(sorted(finding.reference_ids))): finding.severity
        if finding.severity == finding.severity
        else None
        for _, finding in sink.findings
    }


@pytest.fixture(scope="module")
def variants() -> dict[str, Collected]:
    return {name: collected(FOLDER / name, name.partition("/")[0]) for name in TRIVY}


def test_the_image_has_one_name_which_is_not_the_path_of_its_archive(variants: dict[str, Collected]) -> None:
    assets = [asset.attributes for sink in variants.values() for asset in sink.assets.values()]
    assert assets == [{"dockerfile": "registry.example.org/shop/tea:2.1", "repository": "registry.example.org/shop/tea"}] * 3


def test_its_findings_have_one_identity_and_one_severity(variants: dict[str, Collected]) -> None:
    told, sarif, cyclonedx = (identities(variants[name]) for name in TRIVY)
    assert told == sarif
    packages = {identity: severity for identity, severity in told.items() if identity[2]}
    assert packages == cyclonedx
    assert len(packages) == 5


def test_no_finding_is_placed_by_the_path_of_the_archive(variants: dict[str, Collected]) -> None:
    assert not [finding.location for sink in variants.values() for _, finding in sink.findings if "build" in finding.location]


def repository(tmp_path: Path, **report: object) -> str:
    path = tmp_path / "trivy.json"
    path.write_text(json.dumps({"SchemaVersion": 2, "ArtifactName": ".", "ArtifactType": "repository", "Results": []} | report))
    (asset,) = collected(path, "trivy").assets.values()
    return asset.attributes["repository"]


@pytest.mark.parametrize(
    ("report", "name"),
    [
        ({}, "trivy"),
        ({"ArtifactName": "services/shop"}, "services/shop"),
        ({"ArtifactName": "/builds/acme/shop"}, "acme/shop"),
        ({"ArtifactName": "/home/dev/work/shop"}, "shop"),
        ({"ArtifactName": "/tmp/tmpa1b2c3"}, "trivy"),
        ({"ArtifactName": "/tmp/tmpa1b2c3", "Metadata": {"RepoURL": "https://git.example/shop"}}, "https://git.example/shop"),
        ({"Metadata": {"RepoURL": "https://ci:token@git.example/acme/shop.git"}}, "https://git.example/acme/shop.git"),
        (
            {"Results": [{"Target": "go.mod", "Packages": [{"Name": "git.example/shop", "Relationship": "root"}]}]},
            "git.example/shop",
        ),
        (
            {
                "Results": [
                    {
                        "Target": "Cargo.lock",
                        "Type": "cargo",
                        "Packages": [
                            {"ID": "time@1", "Name": "time"},
                            {"ID": "shop@1", "Name": "shop", "DependsOn": ["time@1"]},
                        ],
                    }
                ]
            },
            "shop",
        ),
        ({"Results": [{"Target": "go.mod", "Packages": "broken"}]}, "trivy"),
    ],
)
def test_a_scan_of_here_is_told_by_what_the_report_knows(report: dict[str, object], name: str, tmp_path: Path) -> None:
    assert repository(tmp_path, **report) == name


MODULE = {"ID": "git.example/shop", "Name": "git.example/shop", "Relationship": "root", "DependsOn": ["tea@1"]}
CARGO = {"ID": "shop@1", "Name": "shop", "DependsOn": ["tea@1"]}
TEA = {"ID": "tea@1", "Name": "tea", "Version": "1"}


def lock_file(target: str, type_: str, *packages: dict[str, object]) -> dict[str, object]:
    weakness = {"VulnerabilityID": "CVE-2031-0001", "PkgName": "tea", "InstalledVersion": "1", "Severity": "HIGH"}
    return {"Target": target, "Class": "lang-pkgs", "Type": type_, "Packages": packages, "Vulnerabilities": [weakness]}


def as_cyclonedx(folder: str, results: list[dict]) -> dict[str, object]:
    """As Trivy 0.76 writes it: a lock file needs the project, where it knows that, and else what nothing else needs."""
    components, dependencies = [], []
    for result in results:
        properties = [{"name": f"aquasecurity:trivy:{name}", "value": result[name]} for name in ("Class", "Type")]
        file = result["Target"]
        components.append({"type": "application", "name": file, "bom-ref": file, "properties": properties})
        needed = {id_ for package in result["Packages"] for id_ in package.get("DependsOn", ())}
        tops = [f"{file}#{package['ID']}" for package in result["Packages"] if package["ID"] not in needed]
        dependencies.append({"ref": file, "dependsOn": tops})
        for package in result["Packages"]:
            known = {"type": "library", "name": package["Name"], "bom-ref": f"{file}#{package['ID']}"}
            components.append(known | ({"version": package["Version"]} if "Version" in package else {}))
            needs = [f"{file}#{id_}" for id_ in package.get("DependsOn", ())]
            dependencies.append({"ref": f"{file}#{package['ID']}", "dependsOn": needs})
    marks = [{"name": "aquasecurity:trivy:SchemaVersion", "value": "2"}]
    affects = [{"ref": f"{result['Target']}#tea@1"} for result in results]
    rating = {"source": {"name": "nvd"}, "severity": "high"}
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.7",
        "metadata": {"component": {"type": "application", "name": folder, "properties": marks}},
        "components": components,
        "dependencies": dependencies,
        "vulnerabilities": [{"id": "CVE-2031-0001", "ratings": [rating], "affects": affects}],
    }


def as_sarif(root: str, results: list[dict]) -> dict[str, object]:
    found = [
        {
            "ruleId": "CVE-2031-0001",
            "message": {
                "text": f"Package: tea\nInstalled Version: 1\nVulnerability CVE-2031-0001\nSeverity: HIGH\nFixed Version: \n"
                f"Artifact: {result['Target']}"
            },
            "locations": [{"physicalLocation": {"artifactLocation": {"uri": result["Target"], "uriBaseId": "ROOTPATH"}}}],
        }
        for result in results
    ]
    rule = {"id": "CVE-2031-0001", "name": "LanguageSpecificPackageVulnerability"}
    run = {
        "tool": {"driver": {"name": "Trivy", "rules": [rule]}},
        "results": found,
        "originalUriBaseIds": {"ROOTPATH": {"uri": f"file://{root}/"}},
    }
    return {"version": "2.1.0", "runs": [run]}


@pytest.mark.parametrize(
    ("folder", "root", "results", "names"),
    [
        (".", "/src/app", [lock_file("go.mod", "gomod", MODULE, TEA)], ["git.example/shop", "git.example/shop", "trivy"]),
        (".", "/src/app", [lock_file("Cargo.lock", "cargo", CARGO, TEA)], ["shop", "shop", "trivy"]),
        (".", "/src/app", [lock_file("Cargo.lock", "cargo", CARGO, TEA), lock_file("req.txt", "pip", TEA)], ["trivy"] * 3),
        (".", "/tmp/x7", [lock_file("package-lock.json", "npm", TEA)], ["trivy"] * 3),
        ("/tmp/x7", "/tmp/x7", [lock_file("package-lock.json", "npm", TEA)], ["trivy"] * 3),
        ("/builds/acme/shop", "/builds/acme/shop", [lock_file("go.mod", "gomod", MODULE, TEA)], ["acme/shop"] * 3),
        ("/home/dev/work/shop", "/home/dev/work/shop", [lock_file("package-lock.json", "npm", TEA)], ["shop"] * 3),
    ],
)
def test_a_scan_of_a_folder_is_one_in_its_variants(
    folder: str, root: str, results: list[dict], names: list[str], tmp_path: Path
) -> None:
    """But for a project's name, which Trivy's SARIF does not know: it lists no packages."""
    told = {"SchemaVersion": 2, "ArtifactName": folder, "ArtifactType": "repository", "Results": results}
    reports = {"trivy": told, "cyclonedx": as_cyclonedx(folder, results), "sarif": as_sarif(root, results)}
    sinks = []
    for slug, report in reports.items():
        path = tmp_path / slug
        path.write_text(json.dumps(report))
        sinks.append(collected(path, slug))
    assert [asset.attributes["repository"] for sink in sinks for asset in sink.assets.values()] == names
    assert identities(sinks[0]) == identities(sinks[1]) == identities(sinks[2])
    assert len(identities(sinks[0])) == len(results)


def test_secrets_are_one_in_json_and_sarif(tmp_path: Path) -> None:
    leak = {"RuleID": "github-pat", "Description": "A token", "StartLine": 3, "EndLine": 3, "StartColumn": 7, "File": "a.yml"}
    told = tmp_path / "gitleaks.json"
    told.write_text(json.dumps([leak | {"Secret": "x", "Match": "x", "Commit": "0123456789abcdef"}]))
    place = {"artifactLocation": {"uri": "a.yml"}, "region": {"startLine": 3, "startColumn": 7}}
    result = {
        "ruleId": "github-pat",
        "message": {"text": "github-pat has detected secret for file a.yml"},
        "locations": [{"physicalLocation": place}],
        "partialFingerprints": {"commitSha": "0123456789abcdef"},
    }
    run = {"tool": {"driver": {"name": "gitleaks", "rules": [{"id": "github-pat"}]}}, "results": [result]}
    sarif = tmp_path / "gitleaks.sarif"
    sarif.write_text(json.dumps({"version": "2.1.0", "runs": [run]}))
    one, other = collected(told, "gitleaks"), collected(sarif, "sarif")
    assert identities(one) == identities(other)
    assert one.assets.keys() == other.assets.keys()
