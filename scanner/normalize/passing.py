"""What a report says in JSON and Phoenix takes in JSON: passed on as it is, neither decoded nor encoded again.

Texts that many findings share (what a rule or a plugin is about) are encoded once for all of them.

The reader has checked the JSON (escapes and structure; the document is UTF-8 as a whole); what is left to look at is its type,
and whether it says anything. A field that is passed on is declared as ``msgspec.Raw`` with `ABSENT` for its default.
"""

import functools
import re
from typing import Any

import msgspec

ABSENT = msgspec.Raw()
_REMEMBERED = 4_000
"""Characters of the longest text that is kept for the next finding."""
_encode = msgspec.json.Encoder().encode
_FROM, _ESCAPE, _AFTER_ESCAPE, _TO = (bytearray(b'"' + edge) for edge in (b"#", b"\\", b"]", b"\xff"))
"""Between these are strings that begin with neither white space, nor their end, nor an escape, which could be either. A
``bytearray`` is compared with what it need not copy, and with neither a call nor an object for its answer."""
_LIST_FROM, _LIST_TO = bytearray(b'["#'), bytearray(b'["\xff')
_begins_list = re.compile(rb'\[\s*"[^"]').match


def text(*values: msgspec.Raw) -> msgspec.Raw | str:
    """The first that is a string with something in it; empty where none is. Numbers and the like are no texts."""
    for value in values:
        if _FROM <= value < _ESCAPE or _AFTER_ESCAPE <= value < _TO:
            return value
        if value is not ABSENT:
            said = msgspec.json.decode(value)
            if isinstance(said, str) and (said := said.strip()):
                return said
    return ""


def listed(value: msgspec.Raw) -> msgspec.Raw:
    """A list as it is where it begins with a text, else `ABSENT` where it says nothing."""
    if _LIST_FROM <= value < _LIST_TO or value is ABSENT or _begins_list(value) is not None:
        return value
    said = msgspec.json.decode(value)
    return value if isinstance(said, list) and any(said) else ABSENT


def shared(text: str) -> msgspec.Raw | str:
    """A text that other findings have too, encoded once. Memory: some thousands of texts of a few KB."""
    return _quoted(text) if 0 < len(text) <= _REMEMBERED and not text.isspace() else text


def shared_list(texts: list[str]) -> msgspec.Raw:
    """A list that other findings have too, encoded once; `ABSENT` where it is empty."""
    return msgspec.Raw(_encode(texts)) if texts else ABSENT


def paragraphs(own: str, shared: str) -> msgspec.Raw | str:
    """A finding's own text, and below it what it shares with others; both stripped, either may be empty."""
    if not shared or len(shared) > _REMEMBERED:
        return f"{own}\n\n{shared}" if own and shared and own != shared else own or shared
    if not own or own == shared:
        return _quoted(shared)
    return msgspec.Raw(b"".join((_encode(own)[:-1], rb"\n\n", memoryview(_quoted(shared))[1:])))


def encoded(facts: dict[str, object]) -> msgspec.Raw:
    """Details that findings share, encoded once for all of them."""
    return msgspec.Raw(_encode(facts))


def members(facts: Any) -> bytes:
    """What becomes a JSON object, encoded and without its braces."""
    return _encode(facts)[1:-1]


def details(*facts: bytes, evidence: str = "") -> msgspec.Raw:
    """The details of a finding, of `members`."""
    return msgspec.Raw(b"{%b}" % b",".join(filter(None, (*facts, members({"evidence": evidence}) if evidence else b""))))


@functools.lru_cache(2048)
def _quoted(text: str) -> msgspec.Raw:
    return msgspec.Raw(_encode(text))


def decoded(value: Any) -> Any:
    """Texts and built-in objects in the place of what is passed on, and of structs."""
    return value if isinstance(value, str) else msgspec.json.decode(msgspec.json.encode(value))
