"""A secret that a report quotes stays in the report."""

import re

import pytest
from sample_reports import WHOLE, Sample

PLANTED = re.compile(
    r"ghp_not\w+|AKIANOT\w+|hunter2\w*|32ui1ffdasfhu239|6B760A0478D4EB84|9ed54617547cfca?\w*|deadbeefdeadbeef|c2VjcmV0c2VjcmV0"
    r"|tokentokentoken|AIzaSyNotAKey|notasecretnotasecret"
)
QUOTING = sorted((sample for sample in WHOLE if PLANTED.search(sample.path.read_bytes().decode("utf-8", "replace"))), key=str)


def test_samples_quote_secrets() -> None:
    assert {sample.slug for sample in QUOTING} >= {
        "betterleaks",
        "kingfisher",
        "noseyparker",
        "secretlint",
        "talisman",
        "trufflehog",
    }


@pytest.mark.parametrize("sample", QUOTING, ids=str)
def test_no_secret_is_in_what_is_imported(sample: Sample) -> None:
    """By the accepted snapshots, to which translations are held."""
    assert not PLANTED.search(sample.snapshot.read_text())
