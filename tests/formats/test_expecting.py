"""What the head of a long JSON object promises changes nothing in what is read from it."""

import pytest
from sample_reports import WHOLE, Sample, about, by_format

from scanner import detection
from scanner.collecting import AssetBlock, Collector
from scanner.errors import ScannerError
from scanner.opening import open_documents
from scanner.options import ImportOptions
from scanner.translation import translate_file

OBJECTS = [sample for sample in WHOLE if sample.path.read_bytes().lstrip().startswith(b"{")]


@by_format(OBJECTS)
def test_objects_decoded_along_with_their_keys(samples: list[Sample], monkeypatch: pytest.MonkeyPatch) -> None:
    as_short = [collected(sample) for sample in samples]
    monkeypatch.setattr(detection, "_LONG_BYTES", 0)
    for sample, short in zip(samples, as_short, strict=True):
        with about(sample):
            assert collected(sample) == short


def test_most_formats_of_objects_are_expected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(detection, "_LONG_BYTES", 0)
    decoded = set()
    for sample in OBJECTS:
        for document in open_documents(sample.path, expect=detection.expect):
            if document.envelope is not None:
                decoded.add(sample.slug)
    assert {"trivy", "sarif", "anchore_grype", "cyclonedx", "snyk"} <= decoded


def collected(sample: Sample) -> list[list[AssetBlock]] | str:
    collector = Collector(ImportOptions())
    try:
        translate_file(sample.path, collector, scanner_type=sample.slug)
    except ScannerError as error:
        return str(error)
    return collector.blocks()
