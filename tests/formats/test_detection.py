"""Every sample is known by its own format's signature, and no other format claims it."""

from collections import Counter, defaultdict

from sample_reports import FOLDER, WHOLE, Sample, about, by_format

from scanner.catalogue import entries, find
from scanner.catalogue.clues import that_may_match, that_may_overlap
from scanner.catalogue.formats import signatures
from scanner.detection import detect, matches
from scanner.errors import MalformedReportError, UnknownFormatError
from scanner.opening import open_documents
from scanner.shapes.rooms import read_facts


@by_format(WHOLE)
def test_sample_is_known_by_its_content(samples: list[Sample]) -> None:
    """A report without findings may be too little to know it by; it must not be taken for another's."""
    for sample in samples:
        with about(sample):
            for document in open_documents(sample.path):
                try:
                    assert detect(document).slug == sample.slug
                except (UnknownFormatError, MalformedReportError):  # the latter for a file of no bytes
                    assert sample.what == "empty"
                    assert detect(document, sample.slug).slug == sample.slug


def test_the_signatures_that_are_left_out_say_nothing() -> None:
    """Only those that share a clue with a document are asked; the others neither match nor resemble it."""
    for sample in WHOLE[::7]:
        for document in open_documents(sample.path):
            facts = read_facts(document)
            matching, overlapping = ({each[:2] for each in some(facts)} for some in (that_may_match, that_may_overlap))
            for slug, number, signature in signatures():
                assert (slug, number) in matching or not signature.score(facts), (sample, slug)
                assert (slug, number) in overlapping or not signature.overlap(facts), (sample, slug)


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
    for match in matches(read_facts(document)):  # type: ignore[arg-type]
        found[match.slug] = max(match.score, found.get(match.slug, 0))
    return found


def test_every_name_finds_its_format() -> None:
    """Slugs, titles and aliases are unique: `find` refuses two formats of one name."""
    for slug, entry in entries().items():
        for name in (slug, slug.upper(), slug.replace("_", "-"), *entry.names, *entry.aliases):
            assert find(name) is entry


def test_every_folder_of_samples_has_a_format() -> None:
    assert {folder.name for folder in FOLDER.iterdir()} <= set(entries())
