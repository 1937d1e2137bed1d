"""The work of tasks: both ways make the same, whatever the cuts; what is skipped is told; options do what they say."""

import gzip
import io
import json
import tempfile
import zipfile
from dataclasses import replace

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from large_reports import generic, generic_csv, nessus, trivy
from task_reports import Made, dismissed, long_way, merged, report, short_way, skipped

from cluster import work
from cluster.report import Report, TaskLimits
from cluster.work import read_report
from jobs_store.storage import ObjectStorage, layout, open_storage
from scanner.errors import LimitExceededError, MalformedReportError, ScannerError, UnknownFormatError
from scanner.options import ImportOptions

REPORTS = {
    "report.json": generic(25, 6),
    "report.csv": generic_csv(20, 5),
    "report.nessus": nessus(15, 4),
    "trivy.json": trivy(60),
}


def chosen(**given: object) -> ImportOptions:
    return ImportOptions(assessment_name="nightly", **given)


@pytest.mark.parametrize("filename", REPORTS)
def test_both_ways_make_the_same(storage: ObjectStorage, filename: str) -> None:
    given_report = report(storage, REPORTS[filename], filename=filename)

    short = short_way(given_report, storage)
    long = long_way(given_report, storage, shard_bytes=3000)

    assert long.shards > 1
    assert long.findings() == short.findings()
    assert long.counts == short.counts
    assert sum(piece.findings for piece in long.pieces) == sum(piece.findings for piece in short.pieces) > 0


@given(
    filename=st.sampled_from(list(REPORTS)),
    shard_bytes=st.integers(200, 30_000),
    partitions=st.integers(1, 5),
    max_assets=st.integers(1, 30),
    share_of=st.sampled_from([1, 2, 5]),
)
def test_cuts_of_any_size_make_the_same(
    filename: str, shard_bytes: int, partitions: int, max_assets: int, share_of: int
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        storage = open_storage(f"file://{folder}/objects")
        given_report = report(storage, REPORTS[filename], filename=filename, options=chosen(max_batch_size=max_assets))

        short = short_way(given_report, storage)
        long = long_way(given_report, storage, shard_bytes=shard_bytes, partitions=partitions, share_of=share_of)

        assert long.findings() == short.findings()
        assert (long.counts, long.merged) == (short.counts, short.merged)
        assert all(piece.assets <= max_assets for piece in (*long.pieces, *short.pieces))


@pytest.mark.parametrize(("most_bytes", "max_assets", "is_kept"), [(10**6, 500, True), (10, 500, False), (10**6, 10, False)])
def test_only_a_lone_small_body_travels_instead_of_being_stored(
    storage: ObjectStorage, monkeypatch: pytest.MonkeyPatch, most_bytes: int, max_assets: int, is_kept: bool
) -> None:
    monkeypatch.setattr(work, "CALL_BYTES", most_bytes)
    given_report = report(storage, REPORTS["report.json"], options=chosen(max_batch_size=max_assets))

    read = read_report(given_report, storage)

    assert (read.body is not None) is is_kept
    assert len(list(storage.list("jobs/job-1/batches"))) == (0 if is_kept else len(read.pieces))
    assert short_way(given_report, storage).findings() == long_way(given_report, storage, shard_bytes=3000).findings()


def records(*, bad: int) -> bytes:
    """A readable report in which every fifth of twenty records has no title, or all of them."""
    content = json.loads(generic(20, 1))
    for index, finding in enumerate(content["findings"]):
        if index % (20 // bad) == 0:
            finding["severity"] = {"not": "a severity"}
    return json.dumps(content).encode()


def test_skipped_records_are_stored_with_place_and_reason(storage: ObjectStorage) -> None:
    given_report = report(storage, records(bad=4))

    made = short_way(given_report, storage)

    assert made.counts.skipped == 4
    assert [record.place for record in skipped(storage)] == [f"findings[{index}]" for index in (0, 5, 10, 15)]
    assert all(record.reason for record in skipped(storage))


def test_shards_store_the_same_skipped_records(directory: ObjectStorage) -> None:
    given_report = report(directory, records(bad=4))
    short_way(given_report, directory)
    expected = skipped(directory)
    directory.delete_prefix("jobs/job-1/skipped")

    made = long_way(given_report, directory, shard_bytes=700)

    assert made.counts.skipped == 4
    assert skipped(directory) == expected


def sarif(*, suppressed: int, twice: int) -> bytes:
    """So many results that were suppressed, and so many that come twice, the second time with another level."""

    def result(line: int, level: str, **others: object) -> dict[str, object]:
        place = {"artifactLocation": {"uri": "a.py"}, "region": {"startLine": line}}
        return {"ruleId": "R", "level": level, "message": {"text": "x"}, "locations": [{"physicalLocation": place}], **others}

    reasons = [{"kind": "external", "status": "accepted", "justification": "seen by the team"}]
    results = [result(line, "error", suppressions=reasons) for line in range(1, suppressed + 1)]
    results += [result(1000 + line, level) for level in ("error", "note") for line in range(twice)]
    return json.dumps({"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "t"}}, "results": results}]}).encode()


def test_what_was_dismissed_is_stored_with_place_reason_name_and_asset(directory: ObjectStorage) -> None:
    given_report = report(directory, sarif(suppressed=12, twice=0))
    made = short_way(given_report, directory)
    told = dismissed(directory)
    assert made.counts.dismissed == {"suppressed": 12}
    assert [record.place for record in told] == [f"runs[0].results[{number}]" for number in range(12)]
    (said,) = {(record.reason, record.name, record.asset, record.note) for record in told}
    assert (said[0], "seen by the team" in said[3]) == ("suppressed", True)
    assert all(said[1:3])

    directory.delete_prefix("jobs/job-1/dismissed")
    made = long_way(given_report, directory, shard_bytes=700)
    assert made.shards > 1
    assert dismissed(directory) == told


def test_what_was_merged_is_stored_with_what_differs(directory: ObjectStorage) -> None:
    given_report = report(directory, sarif(suppressed=0, twice=9))
    for way in (short_way, lambda *arguments: long_way(*arguments, shard_bytes=700, share_of=2)):
        made = way(given_report, directory)
        told = merged(directory)
        assert made.merged == len(told) == 9
        assert {record.reason for record in told} == {"less_severe"}
        assert all("severity" in record.differs and "a.py" in record.location and record.asset for record in told)
        directory.delete_prefix("jobs/job-1/merged")


def test_what_is_told_of_a_part_is_bounded_and_the_counts_are_not(
    directory: ObjectStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scanner.set_aside.MOST_KEPT", 4)
    made = short_way(report(directory, sarif(suppressed=7, twice=6)), directory)
    assert (made.counts.dismissed, made.merged) == ({"suppressed": 7}, 6)
    assert (len(dismissed(directory)), len(merged(directory))) == (4, 4)


def rated_twice() -> bytes:
    """Five findings, each twice: graver once, rated once, alike once, never rated once, and information."""
    content = json.loads(generic(1, 10))
    twice = (("high", "low"), ("medium", None), ("critical", "critical"), (None, None), ("info", "low"))
    for number, one in enumerate(content["findings"]):
        one |= {"title": f"finding {number // 2}", "location": "here", "cve": f"CVE-2030-1000{number // 2}"}
        if (severity := twice[number // 2][number % 2]) is not None:
            one["severity"] = severity
        else:
            del one["severity"]
    return json.dumps(content).encode()


@pytest.mark.parametrize("options", [{}, {"create_empty_assets": True}])
def test_what_is_counted_by_severity_is_what_is_imported(directory: ObjectStorage, options: dict[str, bool]) -> None:
    given_report = report(directory, rated_twice(), options=chosen(**options))
    for way in (short_way, lambda *arguments: long_way(*arguments, shard_bytes=700, share_of=2)):
        made = way(given_report, directory)
        assert (sum(piece.findings for piece in made.pieces), made.merged) == (5, 5)
        assert made.counts.findings == 10
        assert sum(made.counts.severities.values()) + made.counts.unrated == 5
        if not options:
            assert (made.counts.severities, made.counts.unrated) == ({"critical": 1, "high": 1, "medium": 1, "low": 1}, 1)


def test_whoever_carries_a_report_again_tells_the_same(directory: ObjectStorage) -> None:
    given_report = report(directory, sarif(suppressed=7, twice=6))
    for _ in range(2):
        long_way(given_report, directory, shard_bytes=700)
        assert (len(dismissed(directory)), len(merged(directory))) == (7, 6)


def zipped(**members: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "."), content)
    return packed.getvalue()


def test_all_reports_of_an_archive_are_imported(storage: ObjectStorage) -> None:
    packed = zipped(a__json=generic(5, 2), b__nessus=nessus(4, 3), notes__txt=b"not a report at all")
    made = long_way(report(storage, packed, filename="scans.zip"), storage, shard_bytes=1000)

    assert sum(piece.findings for piece in made.pieces) == 5 * 2 + 4 * 3
    assert made.counts.skipped == 1
    (left_out,) = skipped(storage)
    assert "notes.txt" in left_out.place


def test_an_archive_may_become_so_many_bytes(directory: ObjectStorage) -> None:
    """``MAX_UNPACKED_MB``, over all of its members."""
    content = zipped(a__json=REPORTS["report.json"], b__json=REPORTS["report.json"])
    of_both = 2 * len(REPORTS["report.json"])
    given_report = replace(report(directory, content, filename="all.zip"), short_bytes=0)
    assert read_report(replace(given_report, limits=TaskLimits(unpacked_bytes=of_both)), directory).shards
    with pytest.raises(LimitExceededError, match="bytes in the archive"):
        read_report(replace(given_report, limits=TaskLimits(unpacked_bytes=of_both - 1)), directory)


def test_a_broken_member_does_not_take_the_others_with_it(directory: ObjectStorage) -> None:
    packed = zipped(a__json=generic(5, 2), b__nessus=nessus(40, 3)[:-700])
    given_report = report(directory, packed, filename="scans.zip")
    with pytest.raises(MalformedReportError):
        long_way(given_report, directory, shard_bytes=1000)

    made = long_way(given_report, directory, shard_bytes=1000, uncut=True)

    assert sum(piece.findings for piece in made.pieces) == 5 * 2
    assert ["b.nessus" in record.place for record in skipped(directory)] == [True]


def test_a_packed_report_without_records_is_an_empty_one(directory: ObjectStorage) -> None:
    hinted = chosen(scanner_type="generic")
    for content in (generic(0, 0), generic_csv(0, 0)):
        made = long_way(
            report(directory, gzip.compress(content), filename="empty.gz", options=hinted), directory, shard_bytes=10
        )
        assert made.pieces == []


def test_the_job_says_why_a_report_is_one_piece(directory: ObjectStorage) -> None:
    enormous = json.loads(generic(1, 1))
    enormous["findings"][0]["description"] = "x" * 50_000
    for content, reason in ((json.dumps(enormous).encode(), "its records are one piece"), (generic(30, 4), "")):
        read = read_report(replace(report(directory, content), short_bytes=0, shard_bytes=1000), directory)
        assert read.reason == reason
        assert (len(read.shards) == 1) == bool(reason)


def test_no_more_than_one_request_where_batching_is_off(directory: ObjectStorage) -> None:
    whole = chosen(enable_batching=False)
    for way in (short_way, lambda *arguments: long_way(*arguments, shard_bytes=1000)):
        assert len(way(report(directory, generic(30, 4), options=whole), directory).pieces) == 1
        for limit in ({"max_batch_size": 29}, {"max_payload_mb": 0.02}):
            with pytest.raises(LimitExceededError, match="enable_batching is off"):
                way(report(directory, generic(30, 4), options=chosen(enable_batching=False, **limit)), directory)


def test_an_asset_type_has_its_own_request_where_batching_is_off(directory: ObjectStorage) -> None:
    content = json.loads(generic(2, 1))
    content["findings"][1]["asset"] = {"type": "web", "attributes": {"fqdn": "w.example"}}
    options = chosen(enable_batching=False, max_batch_size=1)
    made = short_way(report(directory, json.dumps(content).encode(), options=options), directory)
    assert sorted(piece.asset_type for piece in made.pieces) == ["INFRA", "WEB"]


def test_a_body_just_above_the_limit_is_refused_not_cut(directory: ObjectStorage) -> None:
    """At every limit there is one request or none."""
    content = generic(4, 2)
    for limit in range(1_000, 3_000, 37):
        options = chosen(enable_batching=False, max_payload_mb=limit / 1_000_000)
        try:
            made = short_way(report(directory, content, options=options), directory)
        except LimitExceededError:
            continue
        assert len(made.pieces) == 1


def test_a_finding_that_no_request_can_hold_is_skipped(directory: ObjectStorage) -> None:
    content = json.loads(generic(2, 2))
    content["findings"][0]["description"] = "x" * 30_000
    options = chosen(max_payload_mb=0.02)
    given_report = report(directory, json.dumps(content).encode(), options=options)

    short = short_way(given_report, directory)
    long = long_way(given_report, directory, shard_bytes=500)

    assert sum(piece.findings for piece in short.pieces) == sum(piece.findings for piece in long.pieces) == 3
    assert (short.counts.skipped, long.counts.skipped + long.oversized) == (1, 1)
    assert any("exceeds the limit" in record.reason for record in skipped(directory))


def assets(made: Made) -> list[dict[str, object]]:
    return [asset for body in made.bodies for asset in msgspec.json.decode(body)]


def test_just_tags_sends_assets_without_findings(directory: ObjectStorage) -> None:
    made = short_way(report(directory, generic(3, 4), options=chosen(just_tags=True)), directory)
    assert [asset["findings"] for asset in assets(made)] == [[], [], []]


def test_empty_assets_keep_findings_without_their_risk(directory: ObjectStorage) -> None:
    made = short_way(report(directory, generic(1, 1), options=chosen(create_empty_assets=True)), directory)
    (finding,) = assets(made)[0]["findings"]
    assert finding["severity"] == 1.0
    assert {tag["key"]: tag["value"] for tag in finding["tags"]} == {"risk-zeroed": "true", "original-severity": "8"}


def test_an_inventory_asset_has_one_finding_that_says_so(directory: ObjectStorage) -> None:
    clean = report(directory, trivy(0), options=chosen(create_inventory_assets=True))
    (asset,) = assets(short_way(clean, directory))
    assert [finding["name"] for finding in asset["findings"]] == ["No findings"]
    (asset,) = assets(short_way(report(directory, trivy(0)), directory))
    assert asset["findings"] == []


def test_anonymous_names_are_the_same_in_every_shard(directory: ObjectStorage) -> None:
    content = generic(20, 5)
    given_report = report(directory, content, options=chosen(anonymize=True))
    directory.put(layout.anonymizer_key(given_report.job_id), b"k" * 32)
    short, long = short_way(given_report, directory), long_way(given_report, directory, shard_bytes=900)

    assert long.findings() == short.findings()
    assert len(short.findings()) == 20
    assert b".example" not in b"".join(short.bodies)


NAMES = ("web01.corp.example", "192.0.2.7", "ann@corp.example")


def unfinished(*, hosts: int, failed: bool) -> bytes:
    """SARIF with a run that failed on a host, and with the host's own run unless all have failed."""
    said = f"no route to {NAMES[0]} ({NAMES[1]}), tell {NAMES[2]}"
    invocation = {"executionSuccessful": False, "toolExecutionNotifications": [{"message": {"text": said}, "level": "error"}]}
    runs: list[object] = [{"tool": {"driver": {"name": "t"}}, "invocations": [invocation], "results": []}]
    for number in range(0 if failed else hosts):
        uri = f"https://{NAMES[0]}/{number}"
        result = {
            "ruleId": "R",
            "message": {"text": "x"},
            "locations": [{"physicalLocation": {"artifactLocation": {"uri": uri}}}],
        }
        runs.append({"tool": {"driver": {"name": "t"}}, "results": [result]})
    return json.dumps({"version": "2.1.0", "runs": runs}).encode()


def anonymous(storage: ObjectStorage, content: bytes, filename: str = "report.json") -> Report:
    storage.put(layout.anonymizer_key("job-1"), b"k" * 32)
    return report(storage, content, filename=filename, options=chosen(anonymize=True))


def test_the_error_of_an_anonymized_job_names_nobody(directory: ObjectStorage) -> None:
    failed = unfinished(hosts=1, failed=True)
    given_report = anonymous(directory, failed)
    with pytest.raises(MalformedReportError, match="the scan failed: no route to") as told:
        short_way(given_report, directory)
    assert not any(name in str(told.value) for name in NAMES[1:])

    (shard,) = read_report(replace(given_report, short_bytes=0), directory).shards
    _, tally, _ = work.translate_shard(given_report, shard, 1, directory)
    assert tally.failed is not None
    assert not any(name in tally.failed.reason for name in NAMES[1:])

    packed = anonymous(directory, zipped(**{"192.0.2.7__json": b'{"a": 1}'}), "all.zip")
    with pytest.raises(UnknownFormatError, match="an object at its top") as told:
        read_report(packed, directory)
    assert NAMES[1] not in str(told.value)


def test_what_is_skipped_of_an_anonymized_job_names_nobody(directory: ObjectStorage) -> None:
    content = unfinished(hosts=3, failed=False)
    short_way(anonymous(directory, content), directory)
    (of_run,) = skipped(directory)
    assert "no route to" in of_run.reason
    assert not any(name in of_run.reason for name in NAMES)

    directory.delete_prefix("jobs/job-1/skipped")
    members = {"a__sarif": content, "192.0.2.7__txt": b"not a report", "ann@corp.example__json": generic(5, 2)[:-7]}
    packed = anonymous(directory, zipped(**members), "all.zip")
    long_way(packed, directory, shard_bytes=1 << 20, uncut=True)
    told = skipped(directory)
    assert len(told) == 3
    assert not any(name in f"{record.place} {record.reason}" for record in told for name in NAMES)


@pytest.mark.parametrize(
    "content",
    [
        b"API_TOKEN=Sw0rdfish\nDEBUG=1\n",
        b'{"Sw0rdfish": 1}',
        b'[{"Sw0rdfish": {"Sw0rdfish": "Sw0rdfish"}}]',
        b'{"Sw0rdfish": 1}\n{"Sw0rdfish": 2}\n',
        b"<Sw0rdfish><Sw0rdfish/></Sw0rdfish>",
        b"<html><body>Sw0rdfish</body></html>",
        b"Sw0rdfish: 1\nb: [Sw0rdfish]\n",
        b"Sw0rdfish,b\n1,2\n",
    ],
)
@pytest.mark.parametrize("scanner_type", ["auto", "trivy", "gitleaks"])
def test_what_is_no_report_is_not_told_of(directory: ObjectStorage, content: bytes, scanner_type: str) -> None:
    """It may be a file of secrets that was sent by mistake, and a job's error is read by many."""
    for way in (short_way, lambda *arguments: long_way(*arguments, shard_bytes=200)):
        with pytest.raises(ScannerError) as told:
            way(report(directory, content, options=chosen(scanner_type=scanner_type)), directory)
        assert "Sw0rdfish" not in str(told.value)


def test_retries_store_the_same(directory: ObjectStorage) -> None:
    given_report = report(directory, REPORTS["report.json"])
    first = long_way(given_report, directory, shard_bytes=2000)
    before = {key: directory.get(key) for key in directory.list()}
    second = long_way(given_report, directory, shard_bytes=2000)
    assert first == second
    assert {key: directory.get(key) for key in directory.list()} == before


def test_what_is_no_report_is_refused(storage: ObjectStorage) -> None:
    for content in (b"", b"hello", b'{"a": 1}', b"\x00" * 1000, generic(5, 5)[:500]):
        for way in (short_way, lambda *arguments: long_way(*arguments, shard_bytes=200)):
            with pytest.raises(ScannerError):
                way(report(storage, content), storage)
