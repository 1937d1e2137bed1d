from pathlib import Path

import pytest

from benchmarks.reports.contents import Contents
from demo.__main__ import judge
from demo.comparison import differences
from demo.reports import RECIPES, write_reports
from demo.submission import Sent
from scanner.phoenix.sandbox.server import SandboxServer


def contents(*findings: tuple[str, bytes, str]) -> Contents:
    made = Contents()
    for key, identity, name in findings:
        made.found(key, identity, name)
    return made


ONE, TWO = ("aa", b"1", "CVE-1"), ("bb", b"2", "CVE-2")


def test_the_order_makes_no_difference() -> None:
    assert differences(contents(ONE, TWO), contents(TWO, ONE)) == []


@pytest.mark.parametrize(
    ("arrived", "said"),
    [
        (contents(ONE), "1 findings arrived of 2"),
        (contents(ONE, TWO, ("bb", b"3", "CVE-3")), "unknown: CVE-3"),
        (contents(ONE, ("aa", b"2", "CVE-2")), "1 assets are missing"),
        (contents(ONE, ("bb", b"2", "CVE-3")), "missing: CVE-2; unknown: CVE-3"),
        (contents(ONE, ("bb", b"3", "CVE-2")), "locations or reference ids are others"),
    ],
)
def test_every_difference_is_told(arrived: Contents, said: str) -> None:
    assert said in "\n".join(differences(contents(ONE, TWO), arrived))


def test_a_job_that_says_completed_is_not_believed() -> None:
    told = contents(ONE)
    sent = Sent("a.json", "completed", 1.0, assessment_name="A", assets_imported=1, vulnerabilities_imported=1, skipped=0)
    with SandboxServer() as sandbox:
        problems = judge("a.json", told, [sent], sandbox)
    assert problems[0] == "a.json: 0 findings arrived of 1"


@pytest.mark.parametrize("status", ["failed", "cancelled", None])
def test_a_job_that_did_not_complete_is_a_problem(status: str | None) -> None:
    with SandboxServer() as sandbox:
        assert judge("a.json", contents(ONE), [Sent("a.json", status, 1.0, error_message="why")], sandbox) == ["a.json: why"]
        assert judge("b.json", contents(ONE), [], sandbox) == ["b.json: it was not sent"]


def test_the_reports_are_of_three_kinds_and_one_is_large(tmp_path: Path) -> None:
    made = write_reports(tmp_path)
    assert len({recipe.kind for recipe in RECIPES}) == 3
    assert max(report.findings for report in made.values()) >= 20_000
    assert max(len(report.assets) for report in made.values()) >= 100
    assert set(made) == {path.name for path in tmp_path.iterdir()}
