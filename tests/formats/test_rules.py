"""The rules that every format obeys, as properties of what becomes of its samples."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sample_reports import SAME, WHOLE, Collected, Sample, about, by_format, translated

from scanner.errors import ScannerError
from scanner.model import Finding
from scanner.translation import translate_file

GOOD = [sample for sample in WHOLE if sample.what in ("one", "many", SAME)]
EMPTY_JSON = [sample for sample in WHOLE if sample.what == "empty" and sample.path.suffix in (".json", ".sarif")]

_CLOCK = re.compile(rb"(?<=\d\d[T ])\d\d:\d\d:\d\d")
_CHECKOUT = re.compile(rb"/(?:builds/\w+/\w+|home/runner/work/\w+/\w+|github/workspace|home/vsts/work/1/s)(?=/)")
_GAP = re.compile(r"\{\d*\}|\{\{.*?\}\}|%\([a-z]+\)s|%[sd]\b|\$\{[a-z_.]+\}")
_MARKUP = re.compile(r"</?(?:p|div|span|br|li|ul|b|strong|code|a)(?: [^>]*)?/?>")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_SNAKE_CASE = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*")


def holding(pattern: re.Pattern[bytes]) -> list[Sample]:
    return [sample for sample in GOOD if pattern.search(sample.path.read_bytes())]


def changed(sample: Sample, tmp_path: Path, change: Callable[[bytes], bytes]) -> Collected:
    path, sink = tmp_path / sample.path.name, Collected()
    path.write_bytes(change(sample.path.read_bytes()))
    translate_file(path, sink, scanner_type=sample.slug)
    return sink


def findings(sample: Sample) -> list[Finding]:
    return [finding for _, finding in translated(sample).sink.findings]


def places(sink: Collected) -> list[tuple[str, str, tuple[str, ...]]]:
    """By what Phoenix knows a finding of an asset again."""
    return sorted((finding.name, finding.location, tuple(sorted(finding.reference_ids))) for _, finding in sink.findings)


def scan(sink: Collected) -> list[tuple[bytes, str, str, tuple[str, ...], str]]:
    """The same with the asset and the severity, which is no number where nothing rates."""
    return sorted(
        (asset, finding.name, finding.location, tuple(sorted(finding.reference_ids)), str(finding.severity))
        for asset, finding in sink.findings
    )


@by_format([sample for sample in WHOLE if sample.what == SAME])
def test_one_scan_is_the_same_in_all_variants(samples: list[Sample]) -> None:
    first, *others = (scan(translated(sample).sink) for sample in samples)
    assert others
    assert all(other == first for other in others)


@by_format(holding(_CLOCK))
def test_the_same_is_found_at_another_time(samples: list[Sample], tmp_path: Path) -> None:
    for sample in samples:
        with about(sample):
            later = changed(sample, tmp_path, lambda content: _CLOCK.sub(b"05:06:07", content))
            assert places(later) == places(translated(sample).sink)


@by_format(holding(_CHECKOUT))
def test_the_same_is_found_in_another_checkout(samples: list[Sample], tmp_path: Path) -> None:
    for sample in samples:
        with about(sample):
            elsewhere = changed(sample, tmp_path, lambda content: _CHECKOUT.sub(b"/codebuild/output/src42/src", content))
            assert places(elsewhere) == places(translated(sample).sink)


@by_format(GOOD)
def test_name_and_remedy_are_the_findings_own(samples: list[Sample]) -> None:
    """No gap of a template, no markup, nothing that a terminal obeys, no space around it."""
    for sample in samples:
        with about(sample):
            for finding in findings(sample):
                assert (finding.name, finding.location) == (finding.name.strip(), finding.location.strip())
                for text in (finding.name, str(finding.remedy), finding.location):
                    assert not _GAP.search(text), text
                    assert not _CONTROL.search(text), text
                assert not _MARKUP.search(finding.name), finding.name


@by_format(GOOD)
def test_details_are_written_one_way(samples: list[Sample]) -> None:
    """Names in snake case, nothing that says nothing, references always a list, evidence a text."""
    for sample in samples:
        with about(sample):
            for finding in findings(sample):
                details = msgspec.json.decode(msgspec.json.encode(finding.details)) or {}
                for name, value in details.items():
                    assert _SNAKE_CASE.fullmatch(name), name
                    assert value not in (None, "", [], {}), name
                assert isinstance(details.get("references", []), list)
                assert isinstance(details.get("evidence", ""), str)


CLEAN_WITHOUT_LISTS = {
    "bearer_cli": "severities without findings are left out",
    "checkov": "a bare summary says that there was nothing to scan",
    "cloudsplaining": "a policy that is listed was looked at",
    "csaf": "an advisory need not be about vulnerabilities",
    "cyclonedx": "without vulnerabilities it is an inventory, and complete",
    "dependency_track": "exporters leave `findings` out or null; `project` says what was looked at",
    "dockle": "an empty list is null (Go's nil slices)",
    "ggshield": "without incidents there are no entities, but their number",
    "govulncheck": "lists without items are null (Go's nil slices); a stream has none",
    "horusec": "an empty list may be null (Go's nil slices)",
    "huskyci": "tools that found nothing have an empty object (Go's omitempty)",
    "kingfisher": "a second document has the number of findings in their place",
    "kubelinter": "an empty list is null (Go's nil slices)",
    "kubescape": "lists that are empty are left out (Go's omitempty)",
    "legitify": "an empty list is null (Go's nil slices)",
    "mozilla_observatory": "tests that passed are what it lists",
    "nancy": "lists without items are null (Go's nil slices)",
    "njsscan": "what it has not found is left out",
    "openreports": "lists that are empty are left out (Go's omitempty)",
    "polaris": "an empty list is null (Go's nil slices)",
    "popeye": "objects that are empty are left out (Go's omitempty)",
    "snyk": "`ok` says that it looked",
    "sysdig_cli": "its packages say that it looked",
    "terrascan": "an empty list is null (Go's nil slices)",
    "tfsec": "an empty list is null (Go's nil slices)",
    "trivy": "lists that are empty are left out (Go's omitempty)",
    "trivy_operator": "an empty list may be null (Go's nil slices)",
    "twistlock": "lists without items are left out (Go's omitempty); the distribution says how many there are",
    "veracode_sca": "a page without issues has no `_embedded` (HAL); `page` says how many there are",
    "wizcli": "lists without items are null (Go's nil slices); `status` says that it looked",
}


@by_format([sample for sample in EMPTY_JSON if sample.slug not in CLEAN_WITHOUT_LISTS])
def test_a_report_that_lists_nothing_is_not_a_clean_one(samples: list[Sample], tmp_path: Path) -> None:
    """Where each list and object that may have been empty is null, nobody has said that anything was looked at."""
    for sample in samples:
        with about(sample):
            report = json.loads(sample.path.read_text())
            nothing = json.dumps(without_lists(report)).encode()
            with pytest.raises(ScannerError):
                changed(sample, tmp_path, lambda _, nothing=nothing: nothing)


def without_lists(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: without_lists(inner) for key, inner in value.items()} if value and any(held(value)) else None
    return None if isinstance(value, list) else value


def held(value: Any) -> Iterator[bool]:
    """Whether anything in it is neither list nor object."""
    inner = value.values() if isinstance(value, dict) else value
    for item in inner:
        yield not isinstance(item, dict | list) or any(held(item))
