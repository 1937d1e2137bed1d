"""Broken reports: a value or one of the documented errors, from every format, whatever was done to a report of it.

Bounded in examples, not in time, so that the same code is tested everywhere; some 40 seconds on one core.
"""

import contextlib
import random
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sample_reports import WHOLE, Collected, Sample

from scanner.catalogue import AUTO
from scanner.errors import (
    AmbiguousFormatError,
    LimitExceededError,
    MalformedReportError,
    UnknownFormatError,
)
from scanner.translation import translate_file

WAYS_OUT = (AmbiguousFormatError, LimitExceededError, MalformedReportError, UnknownFormatError)
TRUNCATIONS = 6
MUTATIONS = 6
INSERTED = (
    b"\x00",
    b'"',
    b"<",
    b"&#0;",
    b"{",
    b"[",
    b"}",
    b"null",
    b"\xff\xfe",
    b"NaN",
    b"-1e999",
    b"]]>",
    b",,",
    b"\n",
    b"9" * 40,
)


def translate(path: Path, content: bytes, slug: str) -> None:
    path.write_bytes(content)
    for scanner_type in (slug, AUTO):
        with contextlib.suppress(*WAYS_OUT):
            translate_file(path, Collected(), scanner_type=scanner_type)


@pytest.mark.parametrize("sample", WHOLE, ids=str)
def test_cut_anywhere(sample: Sample, tmp_path: Path) -> None:
    content = sample.path.read_bytes()
    chance = random.Random(str(sample))
    for at in sorted(chance.sample(range(len(content)), min(TRUNCATIONS, len(content)))):
        translate(tmp_path / "report", content[:at], sample.slug)


@pytest.mark.parametrize("sample", WHOLE, ids=str)
def test_mutated_anywhere(sample: Sample, tmp_path: Path) -> None:
    """Bytes overwritten, inserted, removed and repeated."""
    content = sample.path.read_bytes()
    chance = random.Random(str(sample))
    for _ in range(MUTATIONS if content else 0):
        mutated = bytearray(content)
        for _ in range(chance.randint(1, 4)):
            start = chance.randrange(len(mutated))
            stop = min(len(mutated), start + chance.randint(0, 40))
            mutated[start:stop] = chance.choice((chance.choice(INSERTED), chance.randbytes(3), mutated[start:stop] * 2, b""))
            if not mutated:
                break
        translate(tmp_path / "report", bytes(mutated), sample.slug)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    sample=st.sampled_from([sample for sample in WHOLE if sample.path.suffix == ".json"]),
    replacement=st.sampled_from(["null", "[]", "{}", '""', "-1", "1e308", '"\\u0000"', "[[[]]]", '{"a": [1]}', "true"]),
    choice=st.randoms(use_true_random=False),
)
def test_wrong_types_anywhere(sample: Sample, replacement: str, choice: random.Random, tmp_path: Path) -> None:
    """One value of the document, of whatever type, is of another."""
    text = sample.path.read_text()
    values = [at + 1 for at, character in enumerate(text) if character == ":" and not text[:at].count('"') % 2]
    if not values:
        return
    start = choice.choice(values)
    rest = text[start:].lstrip()
    end = next((at for at, character in enumerate(rest) if character in ",}]\n"), len(rest))
    translate(tmp_path / "report", f"{text[:start]} {replacement}{rest[end:]}".encode(), sample.slug)
