"""Trivy JSON: of one image (schema version 2), or of a cluster with one workload and image per asset (``trivy k8s``)."""

from collections.abc import Iterator

import msgspec

from benchmarks.reports.advisories import Advisory
from benchmarks.reports.contents import Contents
from benchmarks.reports.kind import LAP, Kind, Plan, separated
from scanner import assets
from scanner.model import finding_identity

_CLUSTER = "bench"


def template(advisory: Advisory) -> bytes:
    installed = f"{advisory.installed}-{LAP.decode()}"
    record = {
        "VulnerabilityID": advisory.cves[0],
        "VendorIDs": list(advisory.cves[1:]) or None,
        "PkgID": f"{advisory.package}@{installed}",
        "PkgName": advisory.package,
        "PkgIdentifier": {"PURL": f"pkg:deb/debian/{advisory.package}@{installed}?arch=amd64", "UID": "0f1e2d3c4b5a6978"},
        "InstalledVersion": installed,
        "FixedVersion": advisory.fixed,
        "Status": "fixed" if advisory.fixed else "affected",
        "Layer": {"Digest": "sha256:" + "ab" * 32, "DiffID": "sha256:" + "cd" * 32},
        "SeveritySource": "nvd",
        "PrimaryURL": f"https://advisories.example/{advisory.cves[0]}",
        "DataSource": {"ID": "debian", "Name": "Debian Security Tracker", "URL": "https://advisories.example/debian"},
        "Title": advisory.title,
        "Description": advisory.description,
        "Severity": advisory.severity,
        "CweIDs": [f"CWE-{advisory.cwe}"],
        "CVSS": {"nvd": {"V3Vector": advisory.vector, "V3Score": advisory.score}},
        "References": list(advisory.links),
        "PublishedDate": f"{advisory.published}T15:15:08.123Z",
        "LastModifiedDate": f"{advisory.published}T18:00:00Z",
    }
    return msgspec.json.encode({name: value for name, value in record.items() if value is not None})


def pieces(plan: Plan, contents: Contents) -> Iterator[bytes]:
    templates = [template(advisory) for advisory in plan.pool]
    if len(plan.counts) == 1:
        yield from _image(plan, contents, templates)
    else:
        yield from _cluster(plan, contents, templates)


def _image(plan: Plan, contents: Contents, templates: list[bytes]) -> Iterator[bytes]:
    image = "registry.example/bench/app:1.0"
    yield b'{"SchemaVersion":2,"CreatedAt":"2025-04-01T10:00:00Z","ArtifactName":"%b","ArtifactType":"container_image",' % (
        image.encode()
    )
    yield b'"Metadata":{"OS":{"Family":"debian","Name":"12.5"},"RepoTags":["%b"]},"Results":[' % image.encode()
    yield from _result(plan, contents, templates, asset=0, image=image)
    yield b"]}\n"


def _cluster(plan: Plan, contents: Contents, templates: list[bytes]) -> Iterator[bytes]:
    yield b'{"ClusterName":"%b","Resources":[' % _CLUSTER.encode()
    for asset in range(len(plan.counts)):
        namespace, name, image = f"team-{asset % 40}", f"service-{asset}", f"registry.example/bench/service-{asset}:1.0"
        workload = f"{namespace}/Deployment/{name}"
        contents.seen(assets.container(f"{_CLUSTER}/{workload}"))
        yield b",\n" if asset else b""
        yield f'{{"Namespace":"{namespace}","Kind":"Deployment","Name":"{name}",'.encode()
        yield f'"Metadata":[{{"RepoTags":["{image}"]}}],"Results":['.encode()
        yield from _result(plan, contents, templates, asset=asset, image=image, within=f" in {workload}")
        yield b"]}"
    yield b"]}\n"


def _result(
    plan: Plan, contents: Contents, templates: list[bytes], *, asset: int, image: str, within: str = ""
) -> Iterator[bytes]:
    key = assets.container(image).key().hex()
    yield f'{{"Target":"{image} (debian 12.5)","Class":"os-pkgs","Type":"debian","Vulnerabilities":[\n'.encode()
    yield from separated(_records(plan, contents, templates, asset=asset, key=key, within=within))
    yield b"]}"


def _records(plan: Plan, contents: Contents, templates: list[bytes], *, asset: int, key: str, within: str) -> Iterator[bytes]:
    for number in range(plan.counts[asset]):
        advisory, lap = plan.pick(asset, number)
        location = f"{advisory.package}@{advisory.installed}-{lap}{within}"
        contents.found(key, finding_identity(advisory.cves[0], location, list(advisory.cves)), advisory.cves[0])
        yield templates[advisory.number].replace(LAP, b"%d" % lap)


KIND = Kind(slug="trivy", extension="json", pieces=pieces)
