"""Which rule a result means, by the ways in which tools refer to rules."""

import json

import msgspec
import pytest

from scanner.families.sarif.model import Log, Result
from scanner.families.sarif.runs import sections
from scanner.model import Finding, Occurrence, whole
from scanner.shapes.json.reading import decoder

LOG = {
    "runs": [
        {
            "tool": {
                "driver": {"name": "T", "rules": [{"id": "a"}, {"id": "a/b"}, {"id": "c"}, {"name": "no id"}]},
                "extensions": [{"name": "E", "rules": [{"id": "c", "defaultConfiguration": {"level": "error"}}, {"id": "d"}]}],
            },
            "results": [],
        }
    ]
}


def found(*results: dict[str, object]) -> list[Finding]:
    (section,) = sections(decoder(Log).decode(json.dumps(LOG)))
    records = [decoder(Result).decode(json.dumps({"message": {"text": "m"}} | result)) for result in results]
    return [whole(section.translate(record, section.context)) for record in records]


def the(**result: object) -> Finding:
    (finding,) = found(result)
    return finding


@pytest.mark.parametrize(
    ("result", "name"),
    [
        ({"ruleId": "a"}, "a"),
        ({"ruleId": "d", "ruleIndex": 0}, "d"),
        ({"ruleIndex": 1}, "a/b"),
        ({"ruleId": "a/b", "ruleIndex": 0}, "a"),
        ({"ruleId": "a/b"}, "a/b"),
        ({"ruleId": "d/x/y"}, "d"),
        ({"ruleId": "unlisted", "ruleIndex": 0}, "unlisted"),
        ({"ruleId": "", "ruleIndex": 3}, "no id"),
        ({"rule": {"id": "d"}}, "d"),
        ({"ruleId": "a", "ruleIndex": 99}, "a"),
        ({}, "m"),
    ],
)
def test_the_rule_of_a_result(result: dict[str, object], name: str) -> None:
    assert the(**result).name == name


def test_of_rules_with_one_id_the_index_says_which() -> None:
    reference = {"id": "c", "index": 0, "toolComponent": {"index": 0}}
    assert [the(ruleId="c").severity, the(rule=reference).severity] == [5.0, 8.0]


SAID: list[dict[str, object]] = [
    {"level": "error"},
    {"message": {"text": "another"}},
    {"suppressions": [{"justification": "why"}]},
    {"suppressions": [{"justification": "why", "status": "rejected"}]},
    {"fixes": [{"description": {"text": "so"}}]},
    {"properties": {"cwe": "CWE-79", "security-severity": "9.1"}},
    {"properties": {"tags": ["CWE-80"]}},
    {"rule": {"id": "c", "index": 0, "toolComponent": {"index": 0}}},
]


@pytest.mark.parametrize("rule", [{}, {"ruleId": "a"}])
def test_what_one_result_says_is_not_said_of_the_next(rule: dict[str, object]) -> None:
    results = [rule | said for each in SAID for said in ({}, each, each, {})]
    together = [msgspec.json.encode(finding) for finding in found(*results)]
    assert together == [msgspec.json.encode(the(**result)) for result in results]
    assert len(set(together)) > len(SAID) - 2


def test_results_that_say_the_same_share_a_finding() -> None:
    (section,) = sections(decoder(Log).decode(json.dumps(LOG)))
    result = json.dumps({"ruleId": "a", "message": {"text": "m"}})
    first, *others = [section.translate(decoder(Result).decode(result), section.context) for _ in range(3)]
    assert isinstance(first, Finding)
    assert [type(other) for other in others] == [Occurrence, Occurrence]
    assert others[0].of is others[1].of is not first


@pytest.mark.parametrize("message", [{"text": 1}, 1, [], {"arguments": "x"}])
def test_what_cannot_be_read_is_named_by_its_place_every_time(message: object) -> None:
    for _ in range(2):
        with pytest.raises(msgspec.ValidationError, match=r"\$\.message"):
            the(ruleId="a", message=message)
