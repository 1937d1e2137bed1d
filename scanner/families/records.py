"""Records of JSON read as they are: for tools that write a field now as this, now as that, or whose fields nobody can list."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from scanner.normalize.details import details, excerpt
from scanner.normalize.remembering import answered

Record = Mapping[str, Any]
_MOST_FACTS = 60
_MOST_ITEMS = 30
_DEPTH = 4
_WORD = re.compile(r"[A-Z]+(?![a-z])[0-9]*|[A-Z]?[a-z]+[0-9]*|[0-9]+")
_RESERVED = frozenset(("references", "evidence"))
"""Names of details that have a type of their own."""


def at(record: object, path: str) -> Any:
    """What stands at ``a.b.c``; None where the way there ends. A name with a dot in it is asked for by itself."""
    for name in path.split("."):
        if not isinstance(record, Mapping):
            return None
        record = record.get(name)
    return record


def text(record: object, *paths: str) -> str:
    """The first of the paths at which a text or number says anything."""
    for path in paths:
        if said := words(at(record, path)):
            return said
    return ""


def words(value: object) -> str:
    """A text, number or boolean as text; of a list the first that says anything."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, list):
        return next(filter(None, map(words, value)), "")
    return ""


def texts(record: object, path: str) -> list[str]:
    """The texts of a list, or the one that stands there instead."""
    value = at(record, path)
    return list(filter(None, map(words, value if isinstance(value, list) else [value])))


def number(record: object, *paths: str) -> float | None:
    """The first of the paths at which a number stands, also as text."""
    for path in paths:
        try:
            return float(text(record, path).replace(",", "."))
        except ValueError:
            continue
    return None


def objects(record: object, path: str) -> list[Record]:
    """The objects of a list, or the one that stands there instead."""
    value = at(record, path)
    return [each for each in (value if isinstance(value, list) else [value]) if isinstance(each, Mapping)]


def told(*others: Mapping[str, object], **own: object) -> dict[str, object]:
    """The details of a finding: what a format has named, and below it everything else that is said, such as `rest`."""
    facts = details(**own)
    for each in others:
        for name, fact in each.items():
            if fact or fact == 0:
                facts.setdefault(name, fact)
    return facts


def rest(record: object, *read: str, under: str = "") -> dict[str, object]:
    """Everything that a record says but for what was ``read``, by path: nothing is to be lost that an analyst may want.

    Names are written as those of all details are, and begin with ``under``.
    """
    facts: dict[str, object] = {}
    for path, value in _facts(record, frozenset(read), "", _DEPTH):
        if len(facts) == _MOST_FACTS:
            break
        name = _name(f"{under}.{path}" if under else path)
        if name in _RESERVED:
            name = f"{name}_said"
        if name:
            facts[name] = value
    return facts


@answered
def _name(path: str) -> str:
    """``ProductFields.aws/inspector/score`` → ``product_fields_aws_inspector_score``."""
    words = _WORD.findall(path)
    name = "_".join(words).lower()
    return name if not name[:1].isdigit() else f"n{name}"


def _facts(record: object, read: frozenset[str], above: str, depth: int) -> Iterator[tuple[str, object]]:
    if not isinstance(record, Mapping):
        return
    for name, value in record.items():
        path = f"{above}{name}"
        if path in read:
            continue
        if isinstance(value, Mapping):
            if depth:
                yield from _facts(value, read, f"{path}.", depth - 1)
        elif isinstance(value, list):
            if said := [line for item in value[:_MOST_ITEMS] if (line := _line(item))]:
                yield path, said
        elif isinstance(value, str):
            if said_text := excerpt(value):
                yield path, said_text
        elif value is not None:
            yield path, value


def _line(item: object) -> str:
    """An item of a list in one line."""
    if isinstance(item, Mapping):
        return excerpt(", ".join(f"{name}: {said}" for name, value in item.items() if (said := _line(value))))
    if isinstance(item, list):
        return excerpt(", ".join(filter(None, map(_line, item[:_MOST_ITEMS]))))
    return excerpt(words(item))
