"""What a format may declare of elements that its reports repeat."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lxml import etree


@dataclass(frozen=True, slots=True)
class Repeated:
    """An element whose content a report repeats but for some children: it is parsed once, and those children every time."""

    name: str
    """As it is written; elements with a prefix are not taken for repetitions."""
    varying: tuple[str, ...]
    """The children that say something of the single occurrence, by local name, as all attributes may do."""
    known: Callable[["etree._Element"], Any]
    """What to remember of the others. Must not look at attributes and varying children, nor at what is around the element."""
