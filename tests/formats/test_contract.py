"""What every format promises, whatever it reads."""

from collections import Counter
from pathlib import Path

import pytest
from sample_reports import CUT, LINE_BY_LINE, SAME, SAMPLES, WHATS, WHOLE, Collected, Sample

from scanner.catalogue import entries
from scanner.errors import MalformedReportError
from scanner.model import finding_identity
from scanner.options import ImportOptions
from scanner.phoenix.sandbox.checks import read_import
from scanner.previewing import Preview
from scanner.summary import summarize
from scanner.translation import translate_file


@pytest.mark.parametrize("slug", entries())
def test_format_has_its_samples(slug: str) -> None:
    whats = {sample.what for sample in SAMPLES if sample.slug == slug} - {SAME}
    assert whats == set(WHATS), f"make tests/formats/samples/{slug}/<variant>_<what>.<extension>"


@pytest.mark.parametrize("sample", SAMPLES, ids=str)
def test_sample_has_a_known_name(sample: Sample) -> None:
    assert sample.what in (*WHATS, SAME)
    assert sample.path.stat().st_size < 20_000, "samples are small"


@pytest.mark.parametrize("sample", CUT, ids=str)
def test_cut_off_report_is_refused(sample: Sample) -> None:
    sink = Collected()
    if sample.path.suffix in LINE_BY_LINE:
        try:
            translate_file(sample.path, sink, scanner_type=sample.slug)
        except MalformedReportError:
            return
        assert sink.skipped
    else:
        with pytest.raises(MalformedReportError):
            translate_file(sample.path, sink, scanner_type=sample.slug)


@pytest.mark.parametrize("sample", [sample for sample in WHOLE if sample.what in ("one", "many")], ids=str)
def test_good_report_has_findings(sample: Sample) -> None:
    summary = summarize(sample.path, sample.slug)
    assert summary.findings >= 1
    assert sample.what == "one" or not summary.skipped_records


@pytest.mark.parametrize("sample", [sample for sample in WHOLE if sample.what == "empty"], ids=str)
def test_empty_report_has_no_findings(sample: Sample) -> None:
    summary = summarize(sample.path, sample.slug)
    assert (summary.findings, summary.skipped) == (0, 0)


@pytest.mark.parametrize("sample", WHOLE, ids=str)
def test_phoenix_takes_every_finding(sample: Sample) -> None:
    """By the strict rules of the sandbox, after `fix_data`."""
    preview = _preview(sample)
    for body in preview.bodies() if preview else ():
        read_import(body)


def _preview(sample: Sample) -> Preview | None:
    try:
        return Preview(sample.path, ImportOptions(scanner_type=sample.slug))
    except MalformedReportError:
        assert sample.what == "odd"
        return None


@pytest.mark.parametrize("sample", [sample for sample in WHOLE if sample.what == "many"], ids=str)
def test_records_are_told_apart(sample: Sample) -> None:
    sink = Collected()
    translate_file(sample.path, sink, scanner_type=sample.slug)
    identities = Counter((on, finding_identity(f.name, f.location, f.reference_ids)) for on, f in sink.findings)
    same = [
        f"{f.name} at {f.location}"
        for on, f in sink.findings
        if identities[on, finding_identity(f.name, f.location, f.reference_ids)] > 1
    ]
    assert not same


def test_a_file_name_is_only_a_label(tmp_path: Path) -> None:
    """Whatever path the sender gives, it is neither opened nor part of what is imported."""
    for sample in (sample for sample in WHOLE if sample.what == "one"):
        sink = Collected()
        translate_file(sample.path, sink, name="../../etc/passwd\x1b[31m", scanner_type=sample.slug)
        assert sink.findings
        assert "passwd" not in repr((sink.findings, sink.assets))


@pytest.mark.parametrize("sample", [sample for sample in WHOLE if sample.what == "odd"], ids=str)
def test_odd_report_holds_a_record_that_cannot_be_read(sample: Sample) -> None:
    """It is skipped, or says nothing of what was found, so that it is not imported but repaired; or the report is refused."""
    sink = Collected()
    try:
        translate_file(sample.path, sink, scanner_type=sample.slug)
    except MalformedReportError:
        return
    assert sink.skipped or not all(finding.name.strip() for _, finding in sink.findings)
