"""Results of libsast, with which MobSF's scanners of code are made: rules by name, each with the places where it holds.

A rule without files is about something that is missing in all of the code.
"""

from collections.abc import Iterator
from typing import Any

import msgspec

from scanner.assets import code
from scanner.errors import RecordError
from scanner.families.checkouts import below_checkout
from scanner.families.scanned import failed, quoted
from scanner.families.secrets import evidence
from scanner.format import Section
from scanner.model import Finding
from scanner.normalize.details import details
from scanner.normalize.identifiers import cwes
from scanner.normalize.severity import HIGH, LOW, MEDIUM, rating

LEVELS = {"error": HIGH, "warning": MEDIUM, "info": LOW}
"""As its SARIF has them: error, warning, note."""


class Place(msgspec.Struct, gc=False):
    file_path: str = ""
    match_lines: list[int] | None = None
    match_position: list[int] | None = None
    match_string: str | None = None


class Rule(msgspec.Struct):
    metadata: dict[str, Any] = {}
    files: list[msgspec.Raw] | None = None


Rules = dict[str, msgspec.Raw]


def sections(rules: Rules, source: str, place: str) -> Iterator[Section]:
    """One for each rule; its context are the name and what is known of the rule."""
    asset = code(source, origin=source)
    for name, raw in rules.items():
        try:
            rule = msgspec.json.decode(raw, type=Rule)
        except msgspec.ValidationError as error:
            yield Section([str(error)], _refuse, place=f"{place}.{name}")
            continue
        context = (name, rule.metadata)
        if rule.files:
            yield Section(rule.files, finding, Place, asset, context, place=f"{place}.{name}.files")
        else:
            yield Section([Place()], finding, None, asset, context, place=f"{place}.{name}")


def finding(place: Place, rule: tuple[str, dict[str, Any]]) -> Finding:
    name, known = rule
    said = {key: value for key, value in known.items() if isinstance(value, str) and value.strip()}
    where = [below_checkout(place.file_path).removeprefix("./")] if place.file_path else []
    where += [str(numbers[0]) for numbers in (place.match_lines, place.match_position) if where and numbers]
    weaknesses = cwes([said.get("cwe")])
    return Finding(
        name=name,
        severity=rating(said.get("severity"), scale=LEVELS),
        location=":".join(where),
        description=said.get("description", ""),
        cwes=weaknesses,
        details=details(
            **{key.replace("-", "_"): value for key, value in said.items() if key not in _ELSEWHERE},
            lines=place.match_lines,
            position=place.match_position,
            references=[said["reference"]] if "reference" in said else [],
            evidence=evidence(place.match_string, weaknesses),
        ),
    )


_ELSEWHERE = frozenset(("description", "severity", "reference"))


def errors(said: list[Any] | None) -> Iterator[Section]:
    """What could not be looked at: files that could not be parsed, as objects, or the lack of Semgrep, as a text."""
    words = [error.get("message", "") if isinstance(error, dict) else error for error in said or ()]
    if told := quoted(word for word in words if isinstance(word, str)):
        yield failed(told, "errors")


def _refuse(reason: str, _: object) -> None:
    raise RecordError(reason)
