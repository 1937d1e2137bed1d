"""All rooms, found by looking: a new shape is a new folder here and nothing else."""

import functools
import importlib
import pkgutil
from collections.abc import Mapping

import scanner.shapes
from scanner.readers.document import Document
from scanner.readers.encodings import is_binary
from scanner.shapes.facts import HEAD_BYTES, Facts, Kind
from scanner.shapes.shape import Shape


@functools.cache
def shapes() -> Mapping[str, Shape]:
    """Name of the room → what it has to offer."""
    rooms = sorted(module.name for module in pkgutil.iter_modules(scanner.shapes.__path__) if module.ispkg)
    return {room: importlib.import_module(f"scanner.shapes.{room}").SHAPE for room in rooms}


def read_facts(document: Document) -> Facts:
    """One pass over the first 64 KiB; of a long JSON object the document knows the top-level keys that come later.

    Raises `MalformedReportError` for XML that declares entities: looking into it would already be dangerous.
    """
    head = bytes(document.data[:HEAD_BYTES])
    if not head.strip():
        return Facts(document.name, Kind.EMPTY)
    for shape in shapes().values():
        if shape.look is not None and (facts := shape.look(document, head)) is not None:
            return facts
    return Facts(document.name, Kind.BINARY if is_binary(head) else Kind.TEXT, head.decode("utf-8", "replace"))
