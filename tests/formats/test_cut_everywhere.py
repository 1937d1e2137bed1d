"""A report that is cut wherever it may be cut is the same report."""

import pickle
from collections.abc import Iterable
from pathlib import Path

import msgspec
from sample_reports import WHOLE, Collected, Sample, about, by_format

from scanner.detection import Detected, detect
from scanner.errors import ScannerError
from scanner.model import Dismissed, whole
from scanner.opening import open_documents
from scanner.readers.document import Document
from scanner.shards import Shard, cut, read_shard
from scanner.translation import Tally, translate_document, translate_section


class InMemory:
    """A source of ranges."""

    def __init__(self, document: Document) -> None:
        self.name, self._data, self._path = document.name, document.data, document.path

    def read(self, start: int, stop: int) -> bytes:
        return self._data[start:stop]

    def window(self, start: int, stop: int) -> memoryview | None:
        return None

    def path(self) -> Path:
        return self._path


def travelled(shards: Iterable[Shard]) -> list[Shard]:
    shards = [pickle.loads(pickle.dumps(shard)) for shard in shards]
    assert all(isinstance(shard, Shard) for shard in shards)
    return shards


def told(sink: Collected) -> object:
    """In the order of the report; places of skipped records are told by part, so only reasons count."""

    def put_aside(each: Dismissed) -> object:
        return [msgspec.json.encode(whole(each.finding)), each.reason, each.note]

    return (
        [(on, msgspec.json.encode(finding)) for on, finding in sink.findings],
        [(on, put_aside(dismissed)) for on, dismissed in sink.dismissed],
        [skipped.reason for skipped in sink.skipped],
        sorted(sink.assets),
    )


def as_a_whole(document: Document, detected: Detected) -> object:
    sink = Collected()
    try:
        translate_document(document, detected, sink)
    except ScannerError as error:
        return type(error)
    return told(sink)


def in_parts(document: Document, detected: Detected) -> object:
    sink, tally = Collected(), Tally()
    try:
        for shard in travelled(cut(document, detected, shard_bytes=1)):
            for section in read_shard(shard, InMemory(document)):
                tally += translate_section(section, sink)
        tally.require_any_read(document.name)
    except ScannerError as error:
        return type(error)
    return told(sink)


@by_format(WHOLE)
def test_sample_cut_everywhere_is_the_same(samples: list[Sample]) -> None:
    for sample in samples:
        with about(sample):
            for document in open_documents(sample.path):
                detected = detect(document, sample.slug)
                assert in_parts(document, detected) == as_a_whole(document, detected)


def test_samples_are_cut_in_many_places() -> None:
    """The test above says nothing of a shape that is never cut."""
    most: dict[str, int] = {}
    for sample in (sample for sample in WHOLE if sample.what == "many"):
        for document in open_documents(sample.path):
            detected = detect(document, sample.slug)
            shape, count = detected.variant.shape, len(list(cut(document, detected, shard_bytes=1)))
            most[shape] = max(count, most.get(shape, 0))
    assert most.pop("whole") == most.pop("yaml") == 1
    assert min(most.values()) >= 4, most
    assert most.keys() == {"csv", "json", "lines", "text", "xml"}
