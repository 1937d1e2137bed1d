"""Which rule a result means, by the ways in which tools refer to rules."""

import json

import pytest

from scanner.families.sarif.model import Log, Result
from scanner.families.sarif.results import sections
from scanner.model import Finding
from scanner.readers.json import decoder

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


def found(**result: object) -> Finding:
    (section,) = sections(decoder(Log).decode(json.dumps(LOG)))
    record = decoder(Result).decode(json.dumps({"message": {"text": "m"}} | result))
    finding = section.translate(record, section.context)
    assert isinstance(finding, Finding)
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
    assert found(**result).name == name


def test_of_rules_with_one_id_the_index_says_which() -> None:
    reference = {"id": "c", "index": 0, "toolComponent": {"index": 0}}
    assert [found(ruleId="c").severity, found(rule=reference).severity] == [5.0, 8.0]


def test_what_one_result_says_is_not_said_of_the_next() -> None:
    said = {"suppressions": [{"justification": "why"}], "level": "error", "fixes": [{"description": {"text": "so"}}]}
    properties = {"cwe": "CWE-79", "security-severity": "9.1"}
    told, bare = found(ruleId="a", properties=properties, **said), found(ruleId="a")
    assert (told.tags, told.cwes, told.severity, told.remedy, told.details.suppression) != ([], [], 5.0, "", "")
    assert (bare.tags, bare.cwes, bare.severity, bare.remedy, bare.details.suppression) == ([], [], 5.0, "", "")
