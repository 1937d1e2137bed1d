"""Reports in somebody else's bucket or folder: only below what is allowed, whatever the address says."""

import os
from pathlib import Path
from urllib.parse import urlsplit

import boto3
import pytest

from jobs_store.errors import InvalidAddressError, ObjectNotFoundError, StorageUnavailableError
from jobs_store.storage.imports import open_import

OWN = "s3://the-services-own/prefix?endpoint=http://127.0.0.1:9"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("imports/ours/b.json", "imports/ours/2024/a report.json", "imports/theirs/x.json", "secret/x.json"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    return tmp_path


def test_a_folder_is_listed_in_order_and_goes_on(folder: Path) -> None:
    source = open_import(f"file://{folder}/imports/ours", [f"file://{folder}/imports"], tenant="ours", own=OWN)
    assert [(found.name, found.size_bytes) for found in source.list()] == [("2024/a report.json", 31), ("b.json", 19)]
    assert [found.name for found in source.list("2024/a report.json")] == ["b.json"]
    assert b"".join(source.iterate("b.json")) == b"imports/ours/b.json"


def test_a_bucket_is_listed_in_order_and_goes_on(s3_url: str, s3_endpoint: str) -> None:
    bucket = urlsplit(s3_url).netloc
    client = boto3.client("s3", endpoint_url=s3_endpoint)
    for key in ("scans/b.json", "scans/2024/a report.json", "scans/folder/", "scans-secret/x.json"):
        client.put_object(Bucket=bucket, Key=key, Body=key.encode())
    client.close()
    allowed = [f"s3://{bucket}/scans?endpoint={s3_endpoint}"]
    source = open_import(f"s3://{bucket}/scans/", allowed, tenant="ours", own=OWN)
    assert [found.name for found in source.list()] == ["2024/a report.json", "b.json"]
    assert [found.name for found in source.list("2024/a report.json")] == ["b.json"]
    single = open_import(f"s3://{bucket}/scans/b.json", allowed, tenant="ours", own=OWN)
    assert (single.size(), b"".join(single.iterate())) == (12, b"scans/b.json")
    with pytest.raises(ObjectNotFoundError):
        list(open_import(f"s3://{bucket}/scans/gone", allowed, tenant="ours", own=OWN).iterate())
    with pytest.raises(StorageUnavailableError):
        list(
            open_import("s3://no-such-bucket/x", [f"s3://no-such-bucket?endpoint={s3_endpoint}"], tenant="ours", own=OWN).list()
        )


@pytest.mark.parametrize(
    "address",
    [
        "s3://scans-other/x",
        "s3://scans/ours-other/x",
        "s3://scans/theirs/x",
        "s3://scans/ours/../theirs/x",
        "s3://scans/ours/./x",
        "s3://scans//ours",
        "s3://scans",
        "s3:///ours",
        "s3://scans/{tenant}/x",
        "file:///srv/imports/ours/../../etc/passwd",
        "file:///etc/passwd",
        "file://host/srv/imports",
        "file:///",
        "https://scans/ours",
        "scans/ours",
        "s3://scans/ours/new\nline",
        "s3://scans/ours/" + "x" * 3000,
        "",
    ],
)
def test_nothing_else_is_allowed(address: str) -> None:
    allowed = ["s3://scans/{tenant}?region=eu-west-1", "file:///srv/imports/{tenant}"]
    with pytest.raises(InvalidAddressError):
        open_import(address, allowed, tenant="ours", own=OWN)


def test_nothing_is_allowed_by_default() -> None:
    with pytest.raises(InvalidAddressError):
        open_import("s3://bucket/key", [], tenant="ours", own=OWN)


def test_links_lead_nowhere(folder: Path) -> None:
    ours = folder / "imports/ours"
    os.symlink(folder / "secret/x.json", ours / "link.json")
    os.symlink(folder / "secret", ours / "links")
    allowed = [f"file://{ours}"]
    source = open_import(f"file://{ours}", allowed, tenant="ours", own=OWN)
    assert [found.name for found in source.list()] == ["2024/a report.json", "b.json"]
    for name in ("link.json", "links/x.json", "../theirs/x.json"):
        with pytest.raises(ObjectNotFoundError):
            list(source.iterate(name))
    with pytest.raises(ObjectNotFoundError):
        list(open_import(f"file://{ours}/links/x.json", allowed, tenant="ours", own=OWN).iterate())


@pytest.mark.parametrize(
    ("address", "own"),
    [
        ("s3://scans/service", "s3://scans/service"),
        ("s3://scans/service/jobs/job-1", "s3://scans/service/?endpoint=https://s3.example"),
        ("s3://scans", "s3://scans/service?endpoint=http://127.0.0.1:9000"),
        ("s3://scans/x", "s3://scans"),
        ("file:///srv/data/objects", "file:///srv/data/objects"),
        ("file:///srv/data", "file:///srv/data/objects"),
        ("file:///srv/data/objects/jobs", "file://localhost/srv/data/objects/"),
        ("file:///srv/with%20spaces", "file:///srv/with%2520spaces"),
    ],
)
def test_the_services_own_storage_is_never_read(address: str, own: str) -> None:
    with pytest.raises(InvalidAddressError, match="own storage"):
        open_import(address, ["s3://scans", "file:///srv"], tenant="ours", own=own)


def test_nor_by_a_link_to_it(tmp_path: Path) -> None:
    (tmp_path / "objects" / "jobs").mkdir(parents=True)
    (tmp_path / "imports").symlink_to(tmp_path / "objects")
    own = (tmp_path / "objects").as_uri()
    with pytest.raises(InvalidAddressError, match="own storage"):
        open_import(f"file://{tmp_path}/imports/jobs", [f"file://{tmp_path}"], tenant="ours", own=own)


@pytest.mark.parametrize("address", ["s3://scans/services", "s3://scans/other", "file:///srv/data-of-others"])
def test_what_lies_beside_it_is_no_part_of_it(address: str) -> None:
    for own in ("s3://scans/service", "file:///srv/data"):
        open_import(address, ["s3://scans", "file:///srv"], tenant="ours", own=own)
