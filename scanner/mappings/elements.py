"""The paths of a mapping for XML: ``a/b``, ``@name``, ``a/@name``, ``../../@name``, ``.``, ``a[@type=x]/b``, by local names.

What stands in brackets is an attribute, or an element in it, that has to say just that.
"""

import re
from collections.abc import Iterator
from typing import Any

from lxml import etree

from scanner.mappings.expressions import Held, Source

_NAME = re.compile(r"[\w.-]+")
_STEP = re.compile(r"(?P<name>[\w.-]+)(?:\[(?P<where>@?[\w.-]+)=(?P<says>[^\]]+)\])?")

_STEPS = re.compile(r"(?:[^/\[]|\[[^\]]*\]?)+")  # a slash in brackets parts nothing

Step = tuple[str, str, str]
"""Name of elements; where they have to say something, and what, or two empty texts."""


class ElementPaths:
    def source(self, path: str, held: Held, *, many: bool) -> Source:
        """Raises `ValueError` for what is no path."""
        above, names, attribute = _parsed(path)
        inside = "/".join(f"{{*}}{name}" for name, _, _ in names)
        chosen = any(where for _, where, _ in names)

        def value(record: etree._Element) -> Any:
            element: etree._Element | None = record
            for _ in range(above):
                element = element.getparent() if element is not None else None
            if element is None:
                return None
            if not inside:
                return _said(element, attribute)
            if chosen:
                return [_said(found, attribute) for found in _walk(element, names)]
            if many:
                return [_said(found, attribute) for found in element.iterfind(inside)]
            found = element.find(inside)
            return None if found is None else _said(found, attribute)

        return f"{held.hold(value)}(record)"

    def is_single(self, path: str) -> bool:
        """That of an element of the record, as there may be more of its name."""
        return not _parsed(path)[1]


def _walk(element: etree._Element, steps: list[Step]) -> Iterator[etree._Element]:
    """The elements at the end of the steps."""
    (name, where, says), *rest = steps
    for found in element.iterfind(f"{{*}}{name}"):
        if not where or any(said.strip() == says for said in _told(found, where)):
            yield from _walk(found, rest) if rest else (found,)


def _told(element: etree._Element, where: str) -> Iterator[str]:
    if where.startswith("@"):
        yield element.get(where[1:]) or ""
        return
    yield from (found.text or "" for found in element.iterfind(f"{{*}}{where}"))


def _parsed(path: str) -> tuple[int, list[Step], str]:
    """How many elements up, which down, and the attribute there, if one is asked for."""
    steps = [] if path == "." else _STEPS.findall(path)
    above = next((number for number, step in enumerate(steps) if step != ".."), len(steps))
    below = steps[above:]
    attribute = below.pop().removeprefix("@") if below and below[-1].startswith("@") else ""
    found = [_STEP.fullmatch(name) for name in below]
    is_whole = path == "." or "/".join(steps) == path
    if not is_whole or not all(found) or (attribute and not _NAME.fullmatch(attribute)):
        raise ValueError(
            f"{path!r} is no path: names of elements with / between them, .. for the one above, @ before an attribute"
        )
    return above, [(step["name"], step["where"] or "", step["says"] or "") for step in found if step], attribute


def _said(element: etree._Element, attribute: str) -> str | None:
    if attribute:
        return element.get(attribute)
    return element.text if len(element) == 0 else "".join(map(str, element.itertext()))
