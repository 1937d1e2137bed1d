"""Makes the index, and the page for people, from `scanner.formats`, loading all of them."""

import pkgutil
from collections.abc import Iterator
from pathlib import Path

import scanner.formats
from scanner.catalogue.entry import Entry, encode_entries
from scanner.catalogue.formats import BUILT_IN, built_in
from scanner.format import Format

PAGE = Path("docs/formats.md")
"""In a checkout."""
_HEAD = """# Formats

Made by `python -m scanner.catalogue` from `scanner/formats`. `--scanner-type` takes the slug and each other name in its column,
in any case; without it a report is known by its content. {count} formats in {variants} variants, {data} of the formats are
[mappings](mappings.md).

| slug, other names | scanner | read from | assets | how the report is made | facts from |
|---|---|---|---|---|---|
"""


def built_in_slugs() -> list[str]:
    modules = (module.name for module in pkgutil.iter_modules(scanner.formats.__path__))
    return sorted((*modules, *(mapping.stem for mapping in BUILT_IN.glob("*.yaml"))))


def make_index() -> bytes:
    return encode_entries([Entry.of(built_in(slug)) for slug in built_in_slugs()])


def make_page() -> str:
    formats = [built_in(slug) for slug in built_in_slugs()]
    variants = sum(len(format_.variants) for format_ in formats)
    head = _HEAD.format(count=len(formats), variants=variants, data=len(list(BUILT_IN.glob("*.yaml"))))
    return head + "".join(f"| {' | '.join(_cells(format_))} |\n" for format_ in formats)


def _cells(format_: Format) -> Iterator[str]:
    names = ", ".join((*format_.names, *format_.aliases))
    yield f"`{format_.slug}`<br>{names}" if names else f"`{format_.slug}`"
    yield format_.scanner
    yield ", ".join(dict.fromkeys(variant.shape for variant in format_.variants))
    yield format_.asset_type.value
    yield format_.produce.replace("|", "\\|")
    yield " ".join(_link(number, source) for number, source in enumerate(format_.sources, 1))


def _link(number: int, source: str) -> str:
    return f"[{number}]({source.removeprefix('docs/')})"
