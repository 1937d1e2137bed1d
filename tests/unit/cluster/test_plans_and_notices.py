"""Planning, settings, sums and what is told of them: pure."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import ValidationError

from cluster import notices
from cluster.machine import Phase, Progress
from cluster.planning import plan
from cluster.report import Report
from cluster.settings import load_settings
from jobs_store.jobs import Job, JobStatus
from scanner.batching import PieceInfo
from scanner.collecting import Counts
from scanner.model import AssetType, ImportType, Tag
from scanner.options import ImportOptions

REPORT = Report("job-1", "jobs/job-1/upload", "r.json", 10, ImportOptions(), "unused:", short_bytes=1, shard_bytes=1)
PIECES = (
    PieceInfo(1, AssetType.INFRA, 5, 9, 900),
    PieceInfo(2, AssetType.INFRA, 1, 4, 500, b"key", 0),
    PieceInfo(3, AssetType.INFRA, 1, 3, 400, b"key", 1),
    PieceInfo(1_000_001, AssetType.WEB, 2, 2, 100),
)


def test_batches_are_numbered_in_the_order_in_which_they_may_leave() -> None:
    batches = plan(REPORT, PIECES, stored=True)
    assert [batch.number for batch in batches] == [1, 2, 3, 4]
    assert all(need < batch.number for batch in batches for need in batch.needs)
    assert {batch.import_type for batch in batches if not batch.needs} == {"new"}
    assert sum(batch.assets for batch in batches) == 5 + 1 + 2
    assert sum(batch.findings for batch in batches) == 18
    assert {batch.storage_key for batch in batches} == {f"jobs/job-1/batches/{piece.place}" for piece in PIECES}


def test_tags_alone_never_close_a_finding() -> None:
    report = replace(REPORT, options=ImportOptions(just_tags=True, import_type=ImportType.NEW))
    assert {(batch.import_type, batch.needs) for batch in plan(report, PIECES[:1], stored=False)} == {("delta", ())}


def test_a_body_that_is_not_stored_has_no_key() -> None:
    assert [batch.storage_key for batch in plan(REPORT, PIECES[:1], stored=False)] == [None]


# Notices ------------------------------------------------------------------------------------------------------------------


def job(**given: object) -> Job:
    empty = dict.fromkeys(Job.__dataclass_fields__)
    known = {"job_id": "job-1", "filename": "r.json", "scanner_type": "auto", "status": JobStatus.PROCESSING}
    return Job(**empty | known | given)


def test_what_was_learnt_of_a_report_outlives_an_attempt() -> None:
    done = Progress(
        format="trivy", counts=Counts(9, 2, {"empty remedy": 3}, {"fixed": 5}, 6), merged=4, oversized=1, requests=7
    )
    known = notices.known_of(job(batch_summary=notices.batch_summary(done), skipped=done.skipped, detected_format="trivy"))
    assert (known.format, known.skipped, known.merged) == ("trivy", 3, 4)
    assert (known.counts.findings, known.counts.repairs) == (9, {"empty remedy": 3})
    assert (known.counts.dismissed, known.counts.unrated) == ({"fixed": 5}, 6)
    assert notices.known_of(job()) == Progress()


def test_percent_grows_with_the_phases_and_is_never_all() -> None:
    done = Progress(shards=2, shards_done=1, partitions=2, partitions_done=1, batches=4, batches_imported=1, batches_failed=1)
    percents = [done.percent(phase) for phase in Phase]
    assert percents == sorted(percents)
    assert percents[:3] == [1.0, 23.5, 47.5]
    assert max(percents) < 100


def test_a_webhook_tells_counts_or_the_error() -> None:
    time = datetime(2030, 1, 2, tzinfo=UTC)
    done = json.loads(
        notices.webhook_body(
            job=job(detected_format="trivy"),
            status=JobStatus.COMPLETED,
            assets_imported=1,
            vulnerabilities_imported=2,
            assessment_name="n",
            time=time,
        )
    )
    failed = json.loads(notices.webhook_body(job=job(), status=JobStatus.FAILED, error="broken", time=time))
    assert done == {
        "job_id": "job-1",
        "status": "completed",
        "filename": "r.json",
        "scanner_type": "trivy",
        "success": True,
        "timestamp": "2030-01-02T00:00:00.000000Z",
        "assets_imported": 1,
        "vulnerabilities_imported": 2,
        "assessment_name": "n",
    }
    assert (failed["success"], failed["error"], "assets_imported" in failed) == (False, "broken", False)


# Settings -----------------------------------------------------------------------------------------------------------------


def test_settings_have_the_names_of_the_service_contract(monkeypatch: pytest.MonkeyPatch) -> None:
    environment = {
        "API_KEY": "key",
        "SECRET_KEY": "new,old",
        "ENABLE_AUTH": "false",
        "DATABASE_URL": "postgresql://db/x",
        "REDIS_URL": "redis://r",
        "STORAGE_URL": "s3://b/p",
        "MAX_UPLOAD_SIZE_MB": "7",
        "MAX_CONCURRENT_JOBS": "3",
        "JOB_TIMEOUT": "60",
        "CLEANUP_AFTER_DAYS": "2",
        "PHOENIX_CLIENT_ID": "id",
        "PHOENIX_CLIENT_SECRET": "secret",
        "PHOENIX_API_URL": "https://p",
        "PHOENIX_TAGS": "team=blue, imported",
        "LOG_LEVEL": "DEBUG",
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    settings = load_settings()
    assert settings.api_key.get_secret_value() == "key"
    assert (settings.enable_auth, settings.max_upload_bytes, settings.max_concurrent_jobs) == (False, 7_000_000, 3)
    assert (settings.time_limit.total_seconds(), settings.cleanup_after_days, settings.log_level) == (60, 2, "DEBUG")
    assert settings.tags == (Tag("blue", "team"), Tag("imported"))
    assert "secret" not in repr(settings).replace("secret_key", "").replace("_secret", "")


def test_a_file_stands_behind_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(
        "API_KEY=file\nSECRET_KEY=s\nDATABASE_URL=sqlite:///d\nSTORAGE_URL=file:///u\nJOB_TIMEOUT=5\n"
    )
    monkeypatch.setenv("API_KEY", "environment")
    settings = load_settings(tmp_path / ".env", storage_url="file:///override")
    assert (settings.api_key.get_secret_value(), settings.storage_url, settings.job_timeout) == (
        "environment",
        "file:///override",
        5,
    )


def test_what_is_missing_is_named() -> None:
    with pytest.raises(ValidationError, match="secret_key"):
        load_settings(api_key="k", database_url="sqlite:///d", storage_url="file:///s")
