"""What a report says in JSON and Phoenix takes in JSON: passed on as it is, neither decoded nor encoded again.

The reader has checked the JSON (escapes and structure; the document is UTF-8 as a whole); what is left to look at is its type,
and whether it says anything. A field that is passed on is declared as ``msgspec.Raw`` with `ABSENT` for its default.
"""

from typing import Any

import msgspec

ABSENT = msgspec.Raw()
_QUOTE, _BRACKET = b'"['
_PLAIN_START = frozenset(range(0x21, 0x100)) - set(b'"\\')
"""Bytes after a string's quote that are neither white space, nor its end, nor an escape, which could be either."""


def text(*values: msgspec.Raw) -> msgspec.Raw | str:
    """The first that is a string with something in it; empty where none is. Numbers and the like are no texts."""
    for value in values:
        if value is not ABSENT:
            encoded = memoryview(value)
            if encoded[0] == _QUOTE and encoded[1] in _PLAIN_START:
                return value
            said = msgspec.json.decode(encoded)
            if isinstance(said, str) and (said := said.strip()):
                return said
    return ""


def listed(value: msgspec.Raw) -> msgspec.Raw:
    """A list as it is where it begins with a text, else `ABSENT` where it says nothing."""
    if value is ABSENT:
        return value
    encoded = memoryview(value)
    if encoded[0] != _BRACKET:
        return ABSENT
    if encoded[1] == _QUOTE and encoded[2] != _QUOTE:
        return value
    return value if any(msgspec.json.decode(encoded)) else ABSENT


def decoded(value: Any) -> Any:
    """Texts and built-in objects in the place of what is passed on, and of structs."""
    return value if isinstance(value, str) else msgspec.json.decode(msgspec.json.encode(value))
