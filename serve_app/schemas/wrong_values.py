"""What is wrong with what a client sent, in words for people: the field, what is allowed, and what it was. Pure.

What was sent is quoted, and briefly, only where a choice, a number or a yes or no is wanted: a text may be a secret.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

_LONGEST_QUOTE = 40
_LONGEST_NAME = 100
_Words = Callable[[Mapping[str, Any], Any], str]
Error = Mapping[str, Any]
"""As ``errors()`` of pydantic lists them."""


def problems_of(errors: Iterable[Error], *, within: int = 0, whole: str = "body") -> dict[str, str]:
    """By the field's name, without the first ``within`` parts of its place; ``whole`` names what has none."""
    return {".".join(map(str, error["loc"][within:]))[:_LONGEST_NAME] or whole: problem_of(error) for error in errors}


def problem_of(error: Error) -> str:
    """Pydantic's own sentence where there are no better words."""
    words = _WORDS.get(error["type"])
    if words is None:
        own: str = error["msg"]
        return own.removeprefix("Value error, ")
    return words(error.get("ctx", {}), error.get("input"))


def _quoted(given: Any) -> str:
    if isinstance(given, (dict, list)):
        return f"is {'an object' if isinstance(given, dict) else 'a list'}"
    if given is None:
        return "is null"
    text = repr(given)
    return f"is {text if len(text) <= _LONGEST_QUOTE else text[: _LONGEST_QUOTE - 1] + '…'}"


def _must_be(wanted: str) -> _Words:
    return lambda context, given: f"must be {wanted.format(**context)}, and {_quoted(given)}"


def _must_be_of(kind: str) -> _Words:
    """Without what it is instead."""
    return lambda _context, _given: f"must be {kind}"


def _length(bound: str, of_what: str) -> _Words:
    limit = "max_length" if bound == "at most" else "min_length"

    def words(context: Mapping[str, Any], given: Any) -> str:
        has = f", and has {len(given):,}" if isinstance(given, (str, list, tuple, dict)) else ""
        return f"must have {bound} {context[limit]:,} {of_what}{has}"

    return words


_NUMBER, _TRUTH = _must_be("a whole number"), _must_be("true or false")
_WORDS: Mapping[str, _Words] = {
    "missing": lambda _context, _given: "is missing",
    "extra_forbidden": lambda _context, _given: "is not known here",
    "enum": _must_be("{expected}"),
    "literal_error": _must_be("{expected}"),
    "int_parsing": _NUMBER,
    "int_type": _NUMBER,
    "int_from_float": _NUMBER,
    "int_parsing_size": _must_be("a smaller whole number"),
    "float_parsing": _must_be("a number"),
    "float_type": _must_be("a number"),
    "finite_number": _must_be("a finite number"),
    "bool_parsing": _TRUTH,
    "bool_type": _TRUTH,
    "greater_than": _must_be("more than {gt}"),
    "greater_than_equal": _must_be("at least {ge}"),
    "less_than": _must_be("less than {lt}"),
    "less_than_equal": _must_be("at most {le}"),
    "string_type": _must_be_of("a text"),
    "list_type": _must_be_of("a list"),
    "tuple_type": _must_be_of("a list"),
    "dict_type": _must_be_of("an object"),
    "model_type": _must_be_of("an object"),
    "model_attributes_type": _must_be_of("an object"),
    "json_invalid": lambda context, _given: f"is not JSON: {context['error']}",
    "string_too_long": _length("at most", "characters"),
    "string_too_short": _length("at least", "characters"),
    "too_long": _length("at most", "entries"),
    "too_short": _length("at least", "entries"),
    "string_pattern_mismatch": lambda _context, _given: "has characters that are not taken here",
}
"""By pydantic's name of the error."""
