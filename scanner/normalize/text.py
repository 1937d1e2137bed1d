"""Text as a person wants to read it."""

import html
import re

_TAG = re.compile(r"<[a-zA-Z/!][^<>]{0,2000}>")
_BREAK = re.compile(r"<\s*(br|/p|/div|/li|/tr|/h[1-6])\b[^>]{0,200}>", re.IGNORECASE)
_BLANK_LINES = re.compile(r"(?<!\s)\s*\n\s*\n\s*")
"""From where white space begins: within it, each character would be a new start."""


def plain(text: str | None) -> str:
    """HTML or not, as plain text: tags and entities resolved, paragraphs kept apart."""
    if not text:
        return ""
    if "<" in text:
        text = _TAG.sub("", _BREAK.sub("\n", text))
    if "&" in text:
        text = html.unescape(text)
    return (_BLANK_LINES.sub("\n\n", text) if "\n" in text else text).strip()


def first(*texts: str | None) -> str:
    """The first that says anything."""
    for text in texts:
        if text and (said := text.strip()):
            return said
    return ""


def joined(*parts: str | None, separator: str = "\n\n") -> str:
    """Those that say anything, each once."""
    said = [text for part in parts if part and (text := part.strip())]
    return said[0] if len(said) == 1 else separator.join(dict.fromkeys(said))
