"""XML records whose facts are their child elements: read in one pass over the children, whatever their namespace."""

from lxml import etree


class Fields:
    """The texts of an element's children by local name, stripped, in their order, but for empty ones and those ``without``."""

    __slots__ = ("_texts",)

    def __init__(self, element: etree._Element | None, *, without: frozenset[str] = frozenset()) -> None:
        texts: dict[str, list[str]] = {}
        for child in element if element is not None else ():
            text = child.text
            if text and (text := text.strip()):
                tag = child.tag
                name = tag[tag.find("}") + 1 :]
                if name in texts:
                    texts[name].append(text)
                elif name not in without:
                    texts[name] = [text]
        self._texts = texts

    def one(self, *names: str) -> str:
        """The first text under the first of the names that has any."""
        for name in names:
            texts = self._texts.get(name)
            if texts:
                return texts[0]
        return ""

    def all(self, name: str) -> list[str]:
        return self._texts.get(name, [])


def children(element: etree._Element | None, name: str) -> list[etree._Element]:
    return element.findall(f"{{*}}{name}") if element is not None else []


def child(element: etree._Element | None, name: str) -> etree._Element | None:
    return element.find(f"{{*}}{name}") if element is not None else None
