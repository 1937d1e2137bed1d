"""Every sample is known by its own format's signature, and no other format claims it."""

from collections import Counter, defaultdict

import pytest
from sample_reports import FOLDER, WHOLE, Sample

from scanner.detection import detect, scores
from scanner.errors import MalformedReportError, UnknownFormatError
from scanner.facts import read_facts
from scanner.readers.document import open_documents
from scanner.registry import all_formats, find_format


@pytest.mark.parametrize("sample", WHOLE, ids=str)
def test_sample_is_known_by_its_content(sample: Sample) -> None:
    """A report without findings may be too little to know it by; it must not be taken for another's."""
    for document in open_documents(sample.path):
        try:
            assert detect(document).format.slug == sample.slug
        except (UnknownFormatError, MalformedReportError):  # the latter for a file of no bytes
            assert sample.what == "empty"
            assert detect(document, sample.slug).format.slug == sample.slug


def test_confusion_matrix() -> None:
    """Printed with ``-s``: for each format, which signatures match its samples, how often, and with what best score."""
    matched: dict[str, Counter[str]] = defaultdict(Counter)
    best: dict[tuple[str, str], int] = defaultdict(int)
    for sample in WHOLE:
        for document in open_documents(sample.path):
            for slug, score in _best_scores(document).items():
                matched[sample.slug][slug] += 1
                best[sample.slug, slug] = max(best[sample.slug, slug], score)
    for slug, others in sorted(matched.items()):
        cells = (f"{other} {count}× (score {best[slug, other]})" for other, count in others.most_common())
        print(f"{slug:24} {', '.join(cells)}")
    unmatched = {sample.slug for sample in WHOLE} - {slug for slug in matched if matched[slug][slug]}
    assert not unmatched


def _best_scores(document: object) -> dict[str, int]:
    found: dict[str, int] = {}
    for score, format_, _ in scores(read_facts(document)):  # type: ignore[arg-type]
        found[format_.slug] = max(score, found.get(format_.slug, 0))
    return found


def test_every_name_finds_its_format() -> None:
    """Slugs, titles and aliases are unique: `find_format` refuses to load two formats of one name."""
    for slug, format_ in all_formats().items():
        for name in (slug, slug.upper(), slug.replace("_", "-"), *format_.names, *format_.aliases):
            assert find_format(name) is format_


def test_every_folder_of_samples_has_a_format() -> None:
    assert {folder.name for folder in FOLDER.iterdir()} <= set(all_formats())
