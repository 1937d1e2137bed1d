"""Reads YAML into what JSON has: objects, arrays, texts, numbers, booleans, null.

From the parser's events, so that neither tags nor aliases, nor how deeply somebody nests, can do harm.
"""

import re
from collections.abc import Iterator
from typing import Any

import yaml

from scanner.errors import MalformedReportError

_DEPTH = 60
_PARSER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NULL = frozenset(("", "~", "null", "Null", "NULL"))
_TRUE = frozenset(("true", "True", "TRUE"))
_FALSE = frozenset(("false", "False", "FALSE"))
_WHOLE = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,17})")
_DECIMAL = re.compile(r"[-+]?[0-9]{1,300}\.[0-9]{0,300}(?:[eE][-+]?[0-9]{1,2})?")


def documents(text: str, place: str) -> Iterator[Any]:
    """Each of the documents of a stream. Raises `MalformedReportError`."""
    open_values: list[tuple[Any, list[Any]]] = []
    """Objects and arrays that are not complete yet; of an object the key that waits for its value."""
    try:
        for event in yaml.parse(text, Loader=_PARSER):
            made = _ABSENT
            match event:
                case yaml.AliasEvent():
                    raise MalformedReportError(
                        "it refers to its own parts (alias), which no report needs", _where(event, place)
                    )
                case yaml.ScalarEvent():
                    made = _scalar(event)
                case yaml.MappingStartEvent():
                    open_values.append(({}, []))
                case yaml.SequenceStartEvent():
                    open_values.append(([], []))
                case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                    made = open_values.pop()[0]
                case _:
                    continue
            if len(open_values) > _DEPTH:
                raise MalformedReportError("nested too deeply", _where(event, place))
            if made is _ABSENT:
                continue
            if not open_values:
                yield made
                continue
            _add(made, *open_values[-1])
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        reason = str(getattr(error, "problem", "") or error)
        raise MalformedReportError(reason, f"line {mark.line + 1}" if mark else place) from error


_ABSENT = object()


def _add(made: Any, holder: Any, key: list[Any]) -> None:
    if isinstance(holder, list):
        holder.append(made)
    elif key:
        holder[key.pop()] = made
    else:
        key.append(made if isinstance(made, str) else str(made))


def _scalar(event: yaml.ScalarEvent) -> Any:
    """By YAML 1.2: ``yes`` and dates are texts, as are quoted numbers."""
    value = event.value
    if event.style in ("'", '"', "|", ">"):
        return value
    if value in _NULL:
        return None
    if value in _TRUE or value in _FALSE:
        return value in _TRUE
    if _WHOLE.fullmatch(value):
        return int(value)
    return float(value) if _DECIMAL.fullmatch(value) else value


def _where(event: yaml.Event, place: str) -> str:
    mark = event.start_mark
    return f"line {mark.line + 1}" if mark else place
