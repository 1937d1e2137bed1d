"""What a report says at a path, whatever it is written as: texts, numbers, booleans, lists of such, or nothing."""

from collections.abc import Callable, Iterator
from typing import Any

from scanner.families.checkouts import below_checkout
from scanner.families.secrets import hidden
from scanner.normalize.details import EVIDENCE_CHARS, excerpt
from scanner.normalize.remembering import answered

Value = Any
"""A text, number or boolean, a list of such, or None. Objects say nothing."""


def text_of(value: Value) -> str:
    """The value as one text: of a list the first that says anything."""
    if value is None:
        return ""
    if type(value) is str:
        return value.strip()
    if type(value) is bool:
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, list | tuple):
        return next((text for item in value if (text := text_of(item))), "")
    return ""


def texts_of(value: Value) -> list[str]:
    """The value as a list of texts, without those that say nothing."""
    if value is None:
        return []
    if isinstance(value, list | tuple):
        return [text for item in value for text in texts_of(item)]
    text = text_of(value)
    return [text] if text else []


def number_of(value: Value) -> float | None:
    text = text_of(value)
    try:
        return float(text.replace(",", ".")) if text else None
    except ValueError:
        return None


def folded(word: Value) -> str:
    return text_of(word).casefold()


def fact(value: Value) -> object:
    """For the details: a number or boolean as it is, a text shortened, a list of several; None for what says nothing."""
    if type(value) is str:
        text = value.strip()
        return (text if len(text) <= EVIDENCE_CHARS else excerpt(text)) or None
    if isinstance(value, bool | int | float):
        return value
    found = [excerpt(text) for text in texts_of(value)]
    return found if len(found) > 1 else found[0] if found else None


def facts(values: list[Value]) -> list[str] | None:
    """The same of what is a list, however few there are."""
    return [excerpt(text) for text in texts_of(values)] or None


def joined(separator: str, *values: Value) -> str:
    """All that say anything."""
    return separator.join(_said(values))


def joined_once(separator: str, *values: Value) -> str:
    """The same, equal ones once."""
    return separator.join(dict.fromkeys(_said(values)))


def _said(values: tuple[Value, ...]) -> list[str]:
    said: list[str] = []
    for value in values:
        if type(value) is str:
            if text := value.strip():
                said.append(text)
        elif type(value) is int:
            said.append(str(value))
        elif value is not None:
            said += texts_of(value)
    return said


def file(path: str) -> str:
    """A path within the repository, whoever has checked it out and wherever."""
    return below_checkout(path).removeprefix("./")


def hidden_in(value: Value, secrets: list[str]) -> Value:
    """Every text of a value, with what it tells of the secrets masked."""
    return hidden(value.strip(), secrets) if type(value) is str else [hidden(text, secrets) for text in texts_of(value)]


def each(change: Callable[[str], str]) -> Callable[[Value], Value]:
    """Does to every text of a value what ``change`` does to one."""

    def changed(value: Value) -> Value:
        return change(value.strip()) if type(value) is str else [change(text) for text in texts_of(value)]

    return changed


def among(words: frozenset[str]) -> Callable[[list[str]], bool]:
    """Whether any of some texts is one of the words."""
    return lambda texts: any(text.casefold() in words for text in texts)


def found_in(pattern: Any) -> Callable[[str], str]:
    """The first match of a pattern in a text: its first group, where it has one. What was found is remembered: texts repeat."""
    group = 1 if pattern.groups else 0
    search = pattern.search

    @answered
    def found(text: str) -> str:
        hit = search(text)
        return (hit[group] or "") if hit else ""

    return found


def matches(pattern: Any) -> Callable[[list[str]], Iterator[str]]:
    """Of a pattern in some texts: its first group, where it has one."""
    group = 1 if pattern.groups else 0

    def found(texts: list[str]) -> Iterator[str]:
        return (said for text in texts for match in pattern.finditer(text) if (said := match[group] or ""))

    return found
