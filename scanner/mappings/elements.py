"""The paths of a mapping for XML: ``a/b``, ``@name``, ``a/@name``, ``../../@name``, ``.``. Names are local names."""

import re
from typing import Any

from lxml import etree

from scanner.mappings.expressions import Held, Source

_NAME = re.compile(r"[\w.-]+")


class ElementPaths:
    def source(self, path: str, held: Held, *, many: bool) -> Source:
        """Raises `ValueError` for what is no path."""
        above, names, attribute = _parsed(path)
        inside = "/".join(f"{{*}}{name}" for name in names)

        def value(record: etree._Element) -> Any:
            element: etree._Element | None = record
            for _ in range(above):
                element = element.getparent() if element is not None else None
            if element is None:
                return None
            if not inside:
                return _said(element, attribute)
            if many:
                return [_said(found, attribute) for found in element.iterfind(inside)]
            found = element.find(inside)
            return None if found is None else _said(found, attribute)

        return f"{held.hold(value)}(record)"


def _parsed(path: str) -> tuple[int, list[str], str]:
    """How many elements up, which down, and the attribute there, if one is asked for."""
    steps = [] if path == "." else path.split("/")
    above = next((number for number, step in enumerate(steps) if step != ".."), len(steps))
    below = steps[above:]
    attribute = below.pop().removeprefix("@") if below and below[-1].startswith("@") else ""
    for name in (*below, *([attribute] if attribute else ())):
        if not _NAME.fullmatch(name):
            raise ValueError(
                f"{path!r} is no path: names of elements with / between them, .. for the one above, @ before an attribute"
            )
    return above, below, attribute


def _said(element: etree._Element, attribute: str) -> str | None:
    if attribute:
        return element.get(attribute)
    return element.text if len(element) == 0 else "".join(map(str, element.itertext()))
