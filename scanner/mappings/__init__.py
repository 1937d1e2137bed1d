"""Formats as data: a page of YAML that says which records a report has and where the parts of a finding come from.

language     what may stand in a mapping, as types
source       YAML → language, with errors that name line and key
paths        where in a record a value stands → how to decode the record, and how to get at it
expressions  the few operations
findings     a record → a finding, dismissed, or none
variants     the physical shapes
formats      a mapping → a `scanner.format.Format`, like one that is written in Python
"""

from scanner.format import Format

MAX_CHARACTERS = 50_000
"""Of a mapping."""


def format_of(text: str) -> Format:
    """The format that a mapping declares. Raises `scanner.mappings.errors.MappingError`, which names line and key."""
    from scanner.mappings.formats import format_of as made  # mappings cost nothing where none are used

    return made(text)
