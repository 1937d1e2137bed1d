"""Records one behind the other, with and without a line break between them."""

from pathlib import Path

import pytest

from scanner.errors import MalformedReportError
from scanner.readers.document import Document
from scanner.shapes.lines.lines import is_run, run


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ('{"a": 1}{"a": 2}', True),
        (' {"a": {}}{"a"', True),
        ('{"a": 1}', False),
        ('{"a": 1}\n{"a": 2}', False),
        ('{"a": 1', False),
    ],
)
def test_a_run_is_an_object_right_behind_another(head: str, expected: bool) -> None:
    assert is_run(head) is expected


def test_each_object_of_a_run() -> None:
    assert [bytes(each) for each in run(Document("report", b' {"a": "}{"}{"a": 2} {"b": []}\n', Path("report")))] == [
        b'{"a": "}{"}',
        b'{"a": 2}',
        b'{"b": []}',
    ]


@pytest.mark.parametrize("end", [b'{"a": 2', b"words", b"[" * 100_000])
def test_a_run_that_is_cut_off_is_refused(end: bytes) -> None:
    with pytest.raises(MalformedReportError):
        list(run(Document("report", b'{"a": 1}' + end, Path("report"))))
