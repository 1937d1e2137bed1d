"""Normalising is idempotent, and takes whatever scanners write."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.normalize.dates import date
from scanner.normalize.dismissal import Dismissal, dismissal
from scanner.normalize.identifiers import advisory_ids, cwes, reference_ids
from scanner.normalize.severity import LOW, clamp, cvss_score, is_rated, rating, severity
from scanner.normalize.text import plain
from scanner.normalize.urls import path, site


@given(st.one_of(st.text(), st.floats().map(str), st.sampled_from(["High", "CRITICAL", "nan", "inf", "-3", "7,5"])))
def test_severity_is_on_the_scale_and_stays(text: str) -> None:
    once = severity(text)
    if is_rated(once):
        assert 1.0 <= once <= 10.0
        assert severity(str(once)) == once
        assert clamp(once) == once
    else:
        assert not is_rated(severity(str(once)))


@pytest.mark.parametrize(
    ("text", "expected"),
    [("moderate", 5.0), ("Negligible", 1.0), ("9.8", 9.8), ("0", 1.0), ("7,5", 7.5)],
)
def test_severity(text: str | None, expected: float) -> None:
    assert severity(text) == expected


@pytest.mark.parametrize("text", [None, "", "?", "unknown", "Undefined", "-1", "11", "N/A"])
def test_what_says_nothing_is_unrated_and_not_informational(text: str | None) -> None:
    assert not is_rated(severity(text))


def test_an_unknown_word_falls_back_on_the_score_beside_it() -> None:
    assert rating("unknown", None, 9.8, 5.0) == 9.8
    assert rating("low", 9.8) == LOW
    assert rating("Note", scale={"note": LOW}) == LOW
    assert not is_rated(rating("unknown", None, -1.0))


@pytest.mark.parametrize(
    ("word", "reason"),
    [
        ("NOT_AFFECTED", Dismissal.NOT_AFFECTED),
        ("false-positive", Dismissal.FALSE_POSITIVE),
        (" Resolved  with_pedigree", Dismissal.FIXED),
        ("MANUAL", Dismissal.NOT_CHECKED),
        ("open", None),
        ("in_triage", None),
        ("", None),
        (None, None),
    ],
)
def test_states_that_are_not_open(word: str | None, reason: Dismissal | None) -> None:
    assert dismissal(word) is reason


def test_no_number_is_informational() -> None:
    assert clamp(math.nan) == clamp(None) == 1.0


@given(st.text())
def test_vectors_of_any_text(text: str) -> None:
    for vector in (text, f"CVSS:3.1/{text}", f"CVSS:4.0/{text}", f"AV:{text}"):
        score = cvss_score(vector)
        assert score is None or 0.0 <= score <= 10.0


@given(st.lists(st.one_of(st.text(), st.integers(0, 9999).map(lambda number: f"CWE-{number:04}"))))
def test_cwes_are_idempotent(values: list[str]) -> None:
    once = cwes(values)
    assert cwes(once) == once
    assert len(set(once)) == len(once)


@given(st.lists(st.one_of(st.text(), st.sampled_from(["cve-2024-1234", "GHSA-AAAA-bbbb-cccc", "CWE-79", " RHSA-2024:1 "]))))
def test_reference_ids_are_idempotent(values: list[str]) -> None:
    once = reference_ids(values)
    assert reference_ids(once) == once
    assert not any(id_.startswith("CWE-") for id_ in once)


def test_advisory_ids_in_a_text() -> None:
    assert advisory_ids("see cve-2024-12345, ghsa-AAAA-bbbb-cccc (RHSA-2024:0001)", None) == [
        "CVE-2024-12345",
        "GHSA-aaaa-bbbb-cccc",
        "RHSA-2024:0001",
    ]


@given(st.one_of(st.text(), st.datetimes().map(str), st.integers().map(str)))
def test_dates_are_idempotent(text: str) -> None:
    assert date(date(text)) == date(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-05-01", "2024-05-01T00:00:00"),
        ("2024-05-01T12:00:00+02:00", "2024-05-01T10:00:00"),
        ("Mon, 01 Jan 2024 10:00:00 MDT", "2024-01-01T16:00:00"),
        ("2024-01-01 10:00:00 XYZ", "2024-01-01T10:00:00"),
        ("1717500000", "2024-06-04T11:20:00"),
        (1717500000000, "2024-06-04T11:20:00"),
        ("soon", ""),
        (None, ""),
    ],
)
def test_date(text: str | float | None, expected: str) -> None:
    assert date(text) == expected


@given(st.text())
def test_texts_and_urls_of_anything(text: str) -> None:
    assert plain(text) == plain(text).strip()
    assert isinstance(site(text), str)
    assert isinstance(path(text), str)


def test_html_becomes_paragraphs() -> None:
    assert plain("<p>One &amp; two</p><p>three<br>four</p>") == "One & two\nthree\nfour"
