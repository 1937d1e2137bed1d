"""Repeating elements of XML documents, one at a time, without entities, DTDs or network."""

from collections import deque
from collections.abc import Iterator
from typing import Any

from lxml import etree

from scanner.errors import MalformedReportError
from scanner.readers.document import Document
from scanner.shapes.xml.repeated import Repeated
from scanner.shapes.xml.repeats import Repeats, local_name
from scanner.shapes.xml.source import Tags, XmlBytes, before_root, refuse_entities

_HARDENED: dict[str, Any] = {
    "resolve_entities": False,
    "load_dtd": False,
    "no_network": True,
    "huge_tree": True,  # plugin outputs of more than 10 MB are real; depth stays limited by libxml2 (2,048)
    "remove_comments": True,
    "remove_pis": True,
    "encoding": "utf-8",  # documents are in UTF-8, whatever they declare
}


class Elements:
    """Complete elements of the given local names in document order; one within another comes with the outer one.

    An element is emptied when the next one is asked for. It goes when the next one has been found, and with it such of its
    ancestors as have ended: a host goes with the last of its items.
    """

    def __init__(
        self,
        document: Document,
        names: tuple[str, ...],
        *,
        keep: frozenset[str] = frozenset(),
        repeated: Repeated | None = None,
    ) -> None:
        self._document, self._names, self._keep = document, frozenset(names), keep
        self._repeated = repeated
        self._repeats: Repeats | None = None
        self.line = 0

    def known(self, element: etree._Element) -> Any:
        """What the variant's function has made of a repeated element, of this one or of another like it."""
        assert self._repeated is not None
        return self._repeated.known(element) if self._repeats is None else self._repeats.known(element)

    def __iter__(self) -> Iterator[etree._Element]:
        data, name = self._document.data, self._document.name
        root = refuse_entities(data, name)
        whole = XmlBytes(data, root)
        if self._repeated is not None and root == before_root(data):
            self._repeats = Repeats(self._repeated, whole, _HARDENED)
        source = Tags(self._repeats or whole, name)
        tags = [f"{{*}}{name}" for name in self._names]
        spent: list[etree._Element] = []
        try:
            for _, element in etree.iterparse(source, events=("end",), tag=tags, **_HARDENED):
                source.forget()
                lineage = [element, *element.iterancestors()]
                if any(local_name(ancestor) in self._names for ancestor in lineage[1:]):
                    continue
                _drop_ended(spent, lineage)
                self.line = element.sourceline or 0
                yield element
                if local_name(element) in self._keep:
                    spent = []
                else:
                    element.clear()
                    spent = lineage
        except etree.XMLSyntaxError as error:
            if self._repeats is not None:  # what was left out has moved the place in the message
                deque(Elements(self._document, tuple(self._names)), maxlen=0)
            raise MalformedReportError(str(error.msg), f"{self._document.name}, line {error.lineno}") from error


def _drop_ended(spent: list[etree._Element], lineage: list[etree._Element]) -> None:
    """Removes the outermost of ``spent`` (an element and its ancestors) that the next element is not in."""
    ended = None
    for old, new in zip(reversed(spent), reversed(lineage), strict=False):
        if old is not new:
            ended = old
            break
    parent = ended.getparent() if ended is not None else None
    if ended is not None and parent is not None:
        parent.remove(ended)


def read_tables(document: Document, names: tuple[str, ...], records: tuple[str, ...]) -> dict[str, list[etree._Element]]:
    tables: dict[str, list[etree._Element]] = {name: [] for name in names}
    if tables:
        for element in Elements(document, (*tables, *records), keep=frozenset(tables)):
            if local_name(element) in tables:
                tables[local_name(element)].append(element)
    return tables
