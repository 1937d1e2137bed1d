"""Decodes JSON documents: one fast pass that leaves the records undecoded."""

import functools
import re
from collections.abc import Iterator
from typing import Any

import msgspec

from scanner.errors import MalformedReportError
from scanner.readers.document import Document
from scanner.shapes.json.density import refuse_dense

_BETWEEN = b" \t\r\n\0"
"""What stands between the documents of a file: white space, and NUL, which engines of Code Climate write."""
_TRAILING = re.compile(r"trailing characters \(byte (\d+)\)")
"""How msgspec says that a value is complete and something follows it; it counts from 1."""


@functools.cache
def decoder(type_: Any) -> msgspec.json.Decoder[Any]:
    """Lenient about numbers and booleans written as text, as scanners do; one per type and process."""
    return msgspec.json.Decoder(type_, strict=False)


def decode(data: Any, type_: Any, place: str) -> Any:
    """``data`` as ``type_``; everything that can be wrong with it is a `MalformedReportError`."""
    try:
        return decoder(type_).decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:  # a ValidationError is a DecodeError; both name the place
        raise MalformedReportError(str(error), place) from error
    except RecursionError as error:
        raise MalformedReportError("nested too deeply", place) from error


def decode_each(document: Document, type_: Any) -> Iterator[Any]:
    """Each of the JSON documents that follow one another in a file, as ``type_``; nearly always there is one.

    All of them are decoded before the first is returned, so that nothing comes of a file that is cut off in the last one.
    """
    refuse_dense(document.data, document.name)
    view = memoryview(document.data)
    decoded = []
    start = 0
    while start < len(view):
        value, length = _decode_first(view[start:], type_, document.name)
        decoded.append(value)
        start += length
        start = _next(view, start)
    if not decoded:
        raise MalformedReportError("the file is empty", document.name)
    return iter(decoded)


def _next(view: memoryview, start: int) -> int:
    """Where the next document begins, or the end."""
    while start < len(view) and view[start] in _BETWEEN:
        start += 1
    return start


def _decode_first(view: memoryview, type_: Any, place: str) -> tuple[Any, int]:
    """The first of several values and its length; where there is but one, that of ``view``."""
    try:
        return decode(view, type_, place), len(view)
    except MalformedReportError as error:
        trailing = _TRAILING.search(error.reason)
        length = int(trailing[1]) - 1 if trailing else 0
        following = _next(view, length)
        if not length or (following < len(view) and view[following] not in b"{["):
            raise
    return decode(view[:length], type_, place), length
