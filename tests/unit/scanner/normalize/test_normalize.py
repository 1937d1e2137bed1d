"""Normalising is idempotent, and takes whatever scanners write."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.normalize.dates import date
from scanner.normalize.identifiers import advisory_ids, cwes, reference_ids
from scanner.normalize.severity import clamp, cvss_score, severity
from scanner.normalize.text import plain
from scanner.normalize.urls import path, site


@given(st.one_of(st.text(), st.floats().map(str), st.sampled_from(["High", "CRITICAL", "nan", "inf", "-3", "7,5"])))
def test_severity_is_on_the_scale_and_stays(text: str) -> None:
    once = severity(text)
    assert 1.0 <= once <= 10.0
    assert severity(str(once)) == once
    assert clamp(once) == once


@pytest.mark.parametrize(
    ("text", "expected"),
    [("moderate", 5.0), ("Negligible", 1.0), ("9.8", 9.8), ("0", 1.0), ("11", 10.0), (None, 1.0), ("?", 1.0)],
)
def test_severity(text: str | None, expected: float) -> None:
    assert severity(text) == expected


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
