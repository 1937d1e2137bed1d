"""Each kind of report holds exactly what it tells, as the scanner package reads it."""

from pathlib import Path

import pytest

from benchmarks.reports.contents import Contents
from benchmarks.reports.kind import write_report
from benchmarks.reports.kinds import KINDS
from scanner.detection import detect
from scanner.opening import open_documents
from scanner.translation import translate_file

MANY_ASSETS = sorted(name for name, kind in KINDS.items() if kind.most_assets is None)


def translated(path: Path) -> tuple[str, Contents]:
    contents = Contents()
    return translate_file(path, contents).slug, contents


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("findings", [1, 3_000])
def test_a_report_on_one_asset_is_detected_and_holds_what_it_tells(name: str, findings: int, tmp_path: Path) -> None:
    kind = KINDS[name]
    path = tmp_path / f"report.{kind.extension}"
    told = write_report(kind, path, findings=findings)
    assert told.findings == findings
    assert translated(path) == (kind.slug, told)


@pytest.mark.parametrize("name", MANY_ASSETS)
def test_a_report_on_many_assets_is_detected_and_holds_what_it_tells(name: str, tmp_path: Path) -> None:
    kind = KINDS[name]
    path = tmp_path / f"report.{kind.extension}"
    told = write_report(kind, path, findings=2_000, assets=50, seed=7)
    with_findings = [count for count in told.assets.values() if count]
    assert len(with_findings) == 50
    assert max(with_findings) >= 200 - 50
    assert translated(path) == (kind.slug, told)


@pytest.mark.parametrize("name", KINDS)
def test_the_seed_decides_every_byte(name: str, tmp_path: Path) -> None:
    first, again, other = (tmp_path / part for part in ("first", "again", "other"))
    for path, seed in ((first, 1), (again, 1), (other, 2)):
        write_report(KINDS[name], path, findings=50, seed=seed)
    assert first.read_bytes() == again.read_bytes()
    assert first.read_bytes() != other.read_bytes()


def test_what_is_missing_from_a_report_shows(tmp_path: Path) -> None:
    path = tmp_path / "report.jsonl"
    told = write_report(KINDS["nuclei"], path, findings=100, assets=10)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*lines[:-1], lines[0]]))
    _, changed = translated(path)
    assert changed.findings == told.findings
    assert changed != told


def test_a_kind_of_one_asset_refuses_more(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="about 1 asset"):
        write_report(KINDS["grype"], tmp_path / "report.json", findings=10, assets=2)


def test_reports_without_a_hint_are_told_apart(tmp_path: Path) -> None:
    found = set()
    for name, kind in KINDS.items():
        path = tmp_path / name
        write_report(kind, path, findings=5)
        found |= {(name, detect(document).slug) for document in open_documents(path)}
    assert found == {(name, kind.slug) for name, kind in KINDS.items()}
