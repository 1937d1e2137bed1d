"""What assessments are called."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from scanner.assessments import LONGEST_NAME, Upload, assessment_name, require_known_placeholders, tells_reports_apart
from scanner.options import ImportOptions
from scanner.previewing import Preview


def upload(**given: str) -> Upload:
    known = {"job_id": "job-0123456789abcdef", "scanner": "trivy", "filename": "a.json", "path": "", "asset": "db1"}
    return Upload(**known | given, submitted=datetime(2030, 1, 2, 3, 4, tzinfo=UTC))


@pytest.mark.parametrize(
    ("filename", "stem"),
    [
        ("weekly.tar.gz", "weekly"),
        ("trivy.json.gz", "trivy"),
        ("app-1.2.3.json", "app-1.2.3"),
        ("a/b.json", "b"),
        (".json", "report"),
        ("Dockerfile", "Dockerfile"),
    ],
)
def test_the_default_is_made_of_scanner_file_time_and_upload(filename: str, stem: str) -> None:
    assert assessment_name("", upload(filename=filename)) == f"TRIVY-{stem}-20300102_0304-0123456789ab"


def test_two_uploads_of_one_minute_never_share_a_default() -> None:
    first, second = (assessment_name("", upload(job_id=f"job-{digit * 32}", filename="x" * 500)) for digit in "ab")
    assert first != second
    assert len(first) <= LONGEST_NAME
    assert "-20300102_0304-" in first


@pytest.mark.parametrize(
    ("template", "name"),
    [
        ("nightly", "nightly"),
        ("{scanner}/{stem} of {asset}", "TRIVY/a of db1"),
        ("{path}", "services/api/a.json"),
        ("{asset} {date}", "db1 20300102"),
        ("{{stem}", "{a"),
        ("an open { and a closed }", "an open { and a closed }"),
    ],
)
def test_a_template_is_filled_in(template: str, name: str) -> None:
    assert assessment_name(template, upload(path="services/api/a.json")) == name


def test_a_path_that_is_not_known_is_the_name() -> None:
    assert assessment_name("{path}", upload()) == "a.json"


def test_what_a_report_says_is_not_filled_in_again_and_stays_in_its_line() -> None:
    assert assessment_name("{asset}", upload(asset="{date}\r\nx")) == "{date}  x"


def test_a_template_that_comes_to_nothing_gives_the_default() -> None:
    assert assessment_name("{asset}", upload(asset="")) == "TRIVY-a-20300102_0304-0123456789ab"


def test_long_names_are_cut_and_stay_different() -> None:
    first, second = (assessment_name("{asset}", upload(asset="x" * 300 + end)) for end in "ab")
    assert len(first) == len(second) == LONGEST_NAME
    assert first != second


def test_an_unknown_placeholder_is_refused_with_those_that_there_are() -> None:
    assert require_known_placeholders("{scanner} {stem} {path} {asset} {date}")
    with pytest.raises(ValueError, match=r"\{host\}, which stands for nothing; there are \{scanner\}, .*\{date\}"):
        require_known_placeholders("{stem} on {host}")


def test_what_tells_reports_apart() -> None:
    assert [tells_reports_apart(name) for name in ("", "{path}", "a {asset}", "{scanner} {date}", "nightly")] == [
        True, True, True, False, False,
    ]  # fmt: skip


def test_a_preview_fills_in_the_name_too(tmp_path: Path) -> None:
    report = tmp_path / "r.json"
    report.write_text(
        '{"asset": {"type": "INFRA", "name": "host1"}, "findings": [{"title": "weak cipher", "severity": "High"}]}'
    )
    preview = Preview(report, ImportOptions(scanner_type="generic", assessment_name="{scanner} {asset}"))
    (body,) = preview.bodies()
    assert b'"GENERIC host1"' in body
