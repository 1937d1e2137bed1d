"""No pattern takes longer than in proportion to its input: reports come from outside.

Every pattern of the package is tried on texts made of its own characters, repeated. One that backtracks stands out by a factor
of hundreds; what takes long is measured again on a shorter text, and the two are compared, so that no machine is too slow.
"""

import importlib
import itertools
import pkgutil
import re
import time
from collections.abc import Callable, Iterator
from re import _constants, _parser  # type: ignore[attr-defined]  # what a pattern is made of; the public module does not say

import pytest

import scanner

_CHARACTERS = 16_000
_SUSPICIOUS_SECONDS = 0.02
"""A scan of so short a text takes some hundred microseconds; a quadratic one some hundred milliseconds."""
_MOST_SAMPLES = 10


Find = Callable[[str | bytes], object]


def patterns() -> dict[str, tuple[re.Pattern, Find]]:
    """Each with how it is used: a module that keeps its bound ``match`` looks in one place only."""
    found: dict[str, tuple[re.Pattern, Find]] = {}
    for module_info in pkgutil.walk_packages(scanner.__path__, "scanner."):
        module = importlib.import_module(module_info.name)
        for name, value in vars(module).items():
            if isinstance(value, re.Pattern):
                found[f"{module.__name__}.{name}"] = value, value.findall
            elif isinstance(getattr(value, "__self__", None), re.Pattern):
                found[f"{module.__name__}.{name}"] = value.__self__, value
    return found


PATTERNS = patterns()


def characters(parsed) -> Iterator[str]:
    """A character for each thing that the pattern looks at."""
    for operator, argument in parsed:
        match operator:
            case _constants.LITERAL:
                yield chr(argument)
            case _constants.NOT_LITERAL | _constants.ANY:
                yield "x"
            case _constants.IN:
                yield from _in_class(argument)
            case _constants.BRANCH:
                yield from itertools.chain.from_iterable(map(characters, argument[1]))
            case _constants.SUBPATTERN:
                yield from characters(argument[-1])
            case _constants.MAX_REPEAT | _constants.MIN_REPEAT | _constants.POSSESSIVE_REPEAT:
                yield from characters(argument[2])
            case _constants.ASSERT | _constants.ASSERT_NOT:
                yield from characters(argument[1])
            case _constants.ATOMIC_GROUP:
                yield from characters(argument)


_CLASSES = {_constants.CATEGORY_DIGIT: "1", _constants.CATEGORY_SPACE: " ", _constants.CATEGORY_WORD: "a"}


def _in_class(items) -> Iterator[str]:
    negated = items[0][0] is _constants.NEGATE
    if negated:
        yield from "x1 "
    for operator, argument in items:
        match operator:
            case _constants.LITERAL if not negated:
                yield chr(argument)
            case _constants.RANGE if not negated:
                yield chr(argument[0])
            case _constants.CATEGORY:
                yield _CLASSES.get(argument, "x")


def texts(pattern: re.Pattern) -> Iterator[str]:
    """Repetitions of single characters, of pairs, and of the pattern's own beginning, which nothing completes."""
    source = pattern.pattern if isinstance(pattern.pattern, str) else pattern.pattern.decode("latin-1")
    every = list(characters(_parser.parse(source, pattern.flags & ~re.UNICODE & ~re.LOCALE)))
    used = list(dict.fromkeys([*every, "\n", " "]))[:_MOST_SAMPLES]
    beginning = "".join(every[:40])
    units = [
        *used,
        *map("".join, itertools.permutations(used[:5], 2)),
        *(beginning[:length] for length in range(2, len(beginning), 5)),
    ]
    for unit in dict.fromkeys(units):
        yield (unit * _CHARACTERS)[:_CHARACTERS]
        yield beginning + (unit * _CHARACTERS)[:_CHARACTERS] + "\0"


def seconds(find: Find, text: str | bytes) -> float:
    """Processor time, the least of four times where it is much at first."""

    def once() -> float:
        started = time.process_time()
        find(text)
        return time.process_time() - started

    first = once()
    return first if first < _SUSPICIOUS_SECONDS / 8 else min(first, once(), once(), once())


@pytest.mark.parametrize("name", PATTERNS)
def test_pattern_is_linear(name: str) -> None:
    pattern, find = PATTERNS[name]
    for text in texts(pattern):
        data = text if isinstance(pattern.pattern, str) else text.encode("latin-1", "replace")
        took = seconds(find, data)
        if took >= _SUSPICIOUS_SECONDS:
            # four times as long a text takes a quadratic pattern sixteen times as long
            assert took < 8 * seconds(find, data[: len(data) // 4]), f"{pattern.pattern!r} on {text[:60]!r}…"


def test_the_patterns_are_found() -> None:
    assert len(PATTERNS) > 40
