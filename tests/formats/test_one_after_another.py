"""A process translates reports of many senders: what it remembers of one must not show in another."""

import msgspec
from sample_reports import WHOLE, Sample, about, by_format

from scanner.collecting import Collector
from scanner.errors import ScannerError
from scanner.options import ImportOptions
from scanner.shapes.csv import records as csv_records
from scanner.shapes.xml import repeats as xml_repeats
from scanner.translation import translate_file

PLAIN = ImportOptions()
CHANGING = (ImportOptions(anonymize=True), ImportOptions(create_empty_assets=True), ImportOptions(fix_data=False))


def collected(sample: Sample, options: ImportOptions) -> bytes:
    collector = Collector(options, anonymizer_key=b"k" * 32)
    try:
        translate_file(sample.path, collector, scanner_type=sample.slug)
    except ScannerError as error:
        return str(error).encode()
    return msgspec.json.encode((collector.blocks(), [*collector.skipped], [*collector.dismissed], collector.counts))


@by_format([sample for sample in WHOLE if sample.what in ("many", "odd")])
def test_options_of_one_report_change_nothing_of_the_next(samples: list[Sample]) -> None:
    for sample in samples:
        with about(sample):
            csv_records.forget()
            xml_repeats.forget()
            first = collected(sample, PLAIN)
            changed = [collected(sample, options) for options in CHANGING]
            assert collected(sample, PLAIN) == first
            assert [collected(sample, options) for options in CHANGING] == changed
