"""``python -m benchmarks.reports``."""

import json
from pathlib import Path

import pytest
import typer

from benchmarks.reports.__main__ import main


def test_tells_what_is_in_the_report_that_it_wrote(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "report.json"
    main("trivy", out, findings=20)
    told = json.loads(capsys.readouterr().out)
    assert (told["findings"], told["scanner_type"], told["bytes"]) == (20, "trivy", out.stat().st_size)


def test_an_unknown_scanner_is_refused_with_those_that_are_known(tmp_path: Path) -> None:
    with pytest.raises(typer.BadParameter, match="trivy, grype"):
        main("nmap", tmp_path / "report.json")
