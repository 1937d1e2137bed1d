"""What every format promises, whatever it reads."""

from collections import Counter

import pytest
from sample_reports import (
    CUT,
    LINE_BY_LINE,
    SAME,
    SAMPLES,
    WHATS,
    WHOLE,
    Collected,
    Sample,
    about,
    by_format,
    translated,
)

from scanner.catalogue import entries
from scanner.errors import MalformedReportError
from scanner.model import finding_identity
from scanner.options import ImportOptions
from scanner.phoenix.sandbox.checks import read_import
from scanner.previewing import Preview
from scanner.summary import summarize
from scanner.translation import translate_file


def of(*whats: str) -> list[Sample]:
    return [sample for sample in WHOLE if sample.what in whats]


@pytest.mark.parametrize("slug", entries())
def test_format_has_its_samples(slug: str) -> None:
    whats = {sample.what for sample in SAMPLES if sample.slug == slug} - {SAME}
    assert whats == set(WHATS), f"make tests/formats/samples/{slug}/<variant>_<what>.<extension>"


def test_samples_have_known_names_and_are_small() -> None:
    assert not [str(sample) for sample in SAMPLES if sample.what not in (*WHATS, SAME)]
    assert not [str(sample) for sample in SAMPLES if sample.path.stat().st_size >= 20_000]


@by_format(CUT)
def test_cut_off_report_is_refused(samples: list[Sample]) -> None:
    for sample in samples:
        with about(sample):
            made = translated(sample)
            if sample.path.suffix in LINE_BY_LINE and made.error is None:
                assert made.sink.skipped
            else:
                assert isinstance(made.error, MalformedReportError), made.error


@by_format(of("one", "many"))
def test_good_report_has_findings(samples: list[Sample]) -> None:
    for sample in samples:
        with about(sample):
            made = translated(sample)
            assert made.error is None
            assert made.sink.findings
            assert sample.what == "one" or not made.sink.skipped


@by_format(of("empty"))
def test_empty_report_has_no_findings(samples: list[Sample]) -> None:
    for sample in samples:
        with about(sample):
            summary = summarize(sample.path, sample.slug)
            assert (summary.findings, summary.skipped) == (0, 0)


@by_format(WHOLE)
def test_phoenix_takes_every_finding(samples: list[Sample]) -> None:
    """By the strict rules of the sandbox, after `fix_data`."""
    for sample in samples:
        with about(sample):
            preview = _preview(sample)
            for body in preview.bodies() if preview else ():
                read_import(body)


def _preview(sample: Sample) -> Preview | None:
    try:
        return Preview(sample.path, ImportOptions(scanner_type=sample.slug))
    except MalformedReportError:
        assert sample.what == "odd"
        return None


@by_format(of("many"))
def test_records_are_told_apart(samples: list[Sample]) -> None:
    for sample in samples:
        with about(sample):
            found = translated(sample).sink.findings
            identities = Counter((on, finding_identity(f.name, f.location, f.reference_ids)) for on, f in found)
            same = [
                f"{f.name} at {f.location}"
                for on, f in found
                if identities[on, finding_identity(f.name, f.location, f.reference_ids)] > 1
            ]
            assert not same


@by_format(of("one"))
def test_a_file_name_is_only_a_label(samples: list[Sample]) -> None:
    """Whatever path the sender gives, it is neither opened nor part of what is imported."""
    for sample in samples:
        with about(sample):
            sink = Collected()
            translate_file(sample.path, sink, name="../../etc/passwd\x1b[31m", scanner_type=sample.slug)
            assert sink.findings
            assert "passwd" not in repr((sink.findings, sink.assets))


@by_format(of("odd"))
def test_odd_report_holds_a_record_that_cannot_be_read(samples: list[Sample]) -> None:
    """It is skipped, or says nothing of what was found, so that it is not imported but repaired; or the report is refused."""
    for sample in samples:
        with about(sample):
            made = translated(sample)
            assert (
                isinstance(made.error, MalformedReportError)
                or made.sink.skipped
                or not all(finding.name.strip() for _, finding in made.sink.findings)
            )
