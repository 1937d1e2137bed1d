"""A mapping → a format like any other."""

import functools

from scanner.format import Format
from scanner.mappings.errors import MappingError, MeaninglessError
from scanner.mappings.source import place_in, read_mapping
from scanner.mappings.variants import Origin, Translator, make_variant

_REMEMBERED = 32


def format_of(text: str) -> Format:
    """The format that the YAML declares. Raises `MappingError`, which names line and key."""
    return _made(text)[0]


def translator(text: str, variant: int, kind: int) -> Translator:
    """What the mapping makes of one kind of record; the same object for all who ask in one process."""
    return _made(text)[1][variant][kind]


@functools.lru_cache(_REMEMBERED)
def _made(text: str) -> tuple[Format, tuple[list[Translator], ...]]:
    mapping = read_mapping(text)
    try:
        made = [make_variant(mapping, number, _origin(text, number)) for number in range(len(mapping.variants))]
    except MeaninglessError as error:
        raise MappingError(error.reason, place_in(text, error.path)) from error
    format_ = Format(
        slug=mapping.slug,
        scanner=mapping.scanner,
        asset_type=mapping.asset_type,
        variants=tuple(variant for variant, _ in made),
        names=tuple(mapping.names),
        aliases=tuple(mapping.aliases),
        is_exchanged=mapping.is_exchanged,
        produce=mapping.produce,
        sources=tuple(mapping.sources),
    )
    return format_, tuple(translators for _, translators in made)


def _origin(text: str, variant: int) -> Origin:
    return lambda kind: (translator, (text, variant, kind))
