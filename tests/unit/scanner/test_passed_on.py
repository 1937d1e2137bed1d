"""What formats pass on undecoded is still found by options that look into texts, and refused where it is no text."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from scanner.normalize.remembering import remembered
from scanner.options import ImportOptions
from scanner.phoenix.sandbox.checks import read_import
from scanner.previewing import Preview


def findings(folder: Path, options: ImportOptions, **fields: object) -> Iterator[dict[str, Any]]:
    record = {"VulnerabilityID": "CVE-2030-1", "PkgName": "p", "InstalledVersion": "1", "Severity": "HIGH"} | fields
    report = {"SchemaVersion": 2, "ArtifactName": "app", "Results": [{"Target": "t", "Vulnerabilities": [record]}]}
    path = folder / "report.json"
    path.write_text(json.dumps(report))
    for body in Preview(path, options).bodies():
        read_import(body)
        yield from json.loads(body)["assets"][0]["findings"]


def test_anonymizing_reaches_what_is_passed_on(tmp_path: Path) -> None:
    text = "Seen on 10.1.2.3 \u2264 by a@b.example"
    (finding,) = findings(tmp_path, ImportOptions(anonymize=True), Description=text, References=["https://10.1.2.3/x"])
    assert "10.1.2.3" not in json.dumps(finding)
    assert "b.example" not in finding["description"]
    assert "\u2264" in finding["description"]


@pytest.mark.parametrize("description", [None, "", "  ", 7, [], {"a": 1}])
def test_a_description_that_is_none_is_repaired(tmp_path: Path, description: object) -> None:
    (finding,) = findings(tmp_path, ImportOptions(), Description=description, References=description)
    assert finding["description"] == "CVE-2030-1"
    assert "references" not in finding["details"]


def test_what_was_made_of_texts_is_remembered_unless_they_are_long() -> None:
    asked: list[str] = []

    @remembered(0)
    def length(text: str) -> int:
        asked.append(text)
        return len(text)

    assert [length("ab"), length("ab"), length("x" * 10_000), length("x" * 10_000)] == [2, 2, 10_000, 10_000]
    assert len(asked) == 3


def test_texts_that_differ_behind_their_clue_are_told_apart() -> None:
    @remembered(0)
    def joined(clue: str, text: str) -> str:
        return clue + text

    assert [joined("a", "1"), joined("a", "2"), joined("a", "1")] == ["a1", "a2", "a1"]
