"""How many values a document can have: known before memory is taken for them."""

import mmap
import secrets

from scanner.errors import LimitExceededError

_COUNTED_BYTES = 1 << 20
_SAMPLES, _SAMPLE_BYTES = 256, 2048
_FREE_RECORDS = 1_000_000
_LEAST_RECORD_BYTES = 8


def refuse_dense(data: "mmap.mmap | bytes", name: str) -> None:
    """Millions of records of a few bytes each are no report, and would take ten times their size in memory.

    Counts commas, at some GB/s, only where the document is large enough for that to matter and samples have so many that
    there might be too many of them. Samples are taken at places that whoever made the document cannot know.
    """
    if len(data) <= _FREE_RECORDS * 2:
        return
    most = max(_FREE_RECORDS, len(data) // _LEAST_RECORD_BYTES)
    stretch = len(data) // _SAMPLES
    starts = (number * stretch + secrets.randbelow(stretch - _SAMPLE_BYTES) for number in range(_SAMPLES))
    sampled = sum(data[at : at + _SAMPLE_BYTES].count(b",") for at in starts)
    if sampled * 2 * stretch < most * _SAMPLE_BYTES:
        return
    commas = sum(data[at : at + _COUNTED_BYTES].count(b",") for at in range(0, len(data), _COUNTED_BYTES))
    if commas > most:
        raise LimitExceededError(f"values in {name}", most, commas)
