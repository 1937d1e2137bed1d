"""Values are made once, and memory stays bounded."""

import pytest

from scanner.normalize.remembering import answered


def test_a_value_is_made_once_unless_it_is_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scanner.normalize.remembering._SHORT", 3)
    made: list[str] = []
    upper = answered(lambda text: made.append(text) or text.upper())

    assert [upper(text) for text in ("abc", "abc", "long", "long")] == ["ABC", "ABC", "LONG", "LONG"]
    assert made == ["abc", "long", "long"]


def test_no_more_values_are_kept_than_may_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scanner.normalize.remembering._ANSWERS", 2)
    made: list[int] = []
    double = answered(lambda number: made.append(number) or 2 * number)

    assert [double(number) for number in (1, 2, 1, 3, 1)] == [2, 4, 2, 6, 2]
    assert made == [1, 2, 3, 1]
