"""Keys and envelope of a JSON object in one pass are what they are in two."""

import msgspec
import pytest

from scanner.shapes.json.outline import Expected, Outline, outlined


class Report(msgspec.Struct, rename="pascal"):
    results: list[msgspec.Raw] | None = None
    version: int = 1


class Strict(msgspec.Struct):
    findings: list[int]


REPORT = Expected(Report, frozenset({"Results", "Asked", "Other"}))


def test_keys_that_are_asked_for_are_told_from_those_that_are_not_there() -> None:
    outline = outlined(b' {"Asked": null, "Results": [1, {}], "Nobody asks": 2}\n', "report", lambda: REPORT)
    assert outline is not None
    assert outline.keys == {"Asked", "Results"}
    assert isinstance(outline.envelope, Report)
    assert [*map(bytes, outline.envelope.results or ())] == [b"1", b"{}"]
    assert outline.envelope.version == 1


def test_null_is_there() -> None:
    assert outlined(b'{"Results": null, "Version": "2"}', "report", lambda: REPORT) == Outline(
        frozenset({"Results", "Version"}), Report(version=2)
    )


@pytest.mark.parametrize("content", [b'{"findings": ["no number"], "b": 1}', b'{"b": 1}'])
def test_what_was_not_expected_has_keys(content: bytes) -> None:
    outline = outlined(content, "report", lambda: Expected(Strict, frozenset()))
    assert outline is not None
    assert "b" in outline.keys
    assert outline.envelope is None


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b'{"a": NaN}', b'{"a": 1} {"a": 2}', b'{"a": 1}x'])
def test_no_object_that_is_valid_to_its_end(content: bytes) -> None:
    assert outlined(content, "report", lambda: REPORT) is None
    assert outlined(content, "report", lambda: None) is None
