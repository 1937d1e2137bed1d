"""Broken reports: a value or one of the documented errors, from every format, whatever was done to a report of it.

Bounded in examples, not in time, so that the same code is tested everywhere; some 40 seconds on one core.
"""

import contextlib
import random
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sample_reports import WHOLE, Collected, Sample, about, by_format

from scanner.catalogue import AUTO
from scanner.detection import Detected, detect
from scanner.errors import (
    AmbiguousFormatError,
    LimitExceededError,
    MalformedReportError,
    UnknownFormatError,
)
from scanner.opening import open_documents
from scanner.readers.document import Document
from scanner.translation import translate_document

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
    """By content, and under the format's name where content says something else."""
    path.write_bytes(content)
    with contextlib.suppress(*WAYS_OUT):
        for document in open_documents(path):
            for detected in detections(document, slug):
                with contextlib.suppress(*WAYS_OUT):
                    translate_document(document, detected, Collected())


def detections(document: Document, slug: str) -> list[Detected]:
    found: list[Detected] = []
    for scanner_type in (AUTO, slug):
        if not found or found[0].slug != slug:
            with contextlib.suppress(*WAYS_OUT):
                found.append(detect(document, scanner_type))
    return found


@by_format(WHOLE)
def test_cut_anywhere(samples: list[Sample], tmp_path: Path) -> None:
    for sample in samples:
        with about(sample):
            content = sample.path.read_bytes()
            chance = random.Random(str(sample))
            for at in sorted(chance.sample(range(len(content)), min(TRUNCATIONS, len(content)))):
                translate(tmp_path / "report", content[:at], sample.slug)


@by_format(WHOLE)
def test_mutated_anywhere(samples: list[Sample], tmp_path: Path) -> None:
    """Bytes overwritten, inserted, removed and repeated."""
    for sample in samples:
        with about(sample):
            content = sample.path.read_bytes()
            chance = random.Random(str(sample))
            for _ in range(MUTATIONS if content else 0):
                translate(tmp_path / "report", mutated(content, chance), sample.slug)


def mutated(content: bytes, chance: random.Random) -> bytes:
    data = bytearray(content)
    for _ in range(chance.randint(1, 4)):
        start = chance.randrange(len(data))
        stop = min(len(data), start + chance.randint(0, 40))
        data[start:stop] = chance.choice((chance.choice(INSERTED), chance.randbytes(3), data[start:stop] * 2, b""))
        if not data:
            break
    return bytes(data)


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
