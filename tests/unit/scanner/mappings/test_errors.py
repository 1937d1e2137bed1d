"""What is wrong with a mapping is said with line and key."""

import pytest

from scanner.mappings.errors import MappingError
from scanner.mappings.formats import format_of

GOOD = """\
slug: acme
scanner: Acme
asset_type: CODE
variants:
- shape: json
  recognise:
    keys: [results]
  records:
  - at: results[]
    asset:
      code: {}
    finding:
      name: title
      severity: {word: level}
"""


def test_the_good_one() -> None:
    assert format_of(GOOD).slug == "acme"


RECORD = "variants[0].records[0]"
FAILED = "{when: {value: 'results[].a', there: true}, says: b}"


@pytest.mark.parametrize(
    ("before", "after", "place", "reason"),
    [
        ("word: level", "wrod: level", f"line 14, {RECORD}.finding.severity.wrod", "unknown field `wrod`"),
        ("name: title", "nmae: title", f"line 13, {RECORD}.finding.nmae", "unknown field `nmae`"),
        ("CODE", "CODES", "line 3, asset_type", "Invalid enum value 'CODES'"),
        ("shape: json", "shape: jsno", "line 5, variants[0].shape", "Invalid value 'jsno'"),
        ("name: title", "name: a..b", f"line 13, {RECORD}.finding.name", "is no path"),
        ("name: title", "name: {text: a, first: [b]}", f"line 13, {RECORD}.finding.name", "here are text and first"),
        ("name: title", "name: {lookup: a, in: x}", f"line 13, {RECORD}.finding.name.lookup.in", "no table 'x'"),
        ("name: title", "name: {lookup: a}", f"line 13, {RECORD}.finding.name", "lookup needs the table"),
        ("name: title", 'name: {pattern: "(", of: a}', f"line 13, {RECORD}.finding.name.pattern", "no pattern that RE2 takes"),
        ("name: title", 'name: {pattern: "(?P<a>x)|(?P<a>y)", of: a}', f"line 13, {RECORD}.finding.name.pattern", "two groups"),
        ("name: title", 'name: {template: "{a"}', f"line 13, {RECORD}.finding.name.template", "opens or closes nothing"),
        ("name: title", "name: {short: a, characters: -5}", f"line 13, {RECORD}.finding.name.characters", "`int` >= 1"),
        ("slug: acme", "slug: ../../etc", "line 1, slug", "matching regex"),
        ("slug: acme", "slug: !!python/name:os.system x", "line 1", "the tag !!python/name:os.system is not taken"),
        ("slug: acme", "slug: !foo x", "line 1", "the tag !foo is not taken"),
        ("slug: acme", "slug: !!int abc", "", "invalid literal"),
        ("  records:", f"  failed: [{FAILED}]\n  records:", f"line 10, {RECORD}.at", "in its records"),
        ("name: title", "name: parent.parent.a", f"line 13, {RECORD}.finding.name", "1 objects around them, not 2"),
        ("name: title", "name: title\n      name: other", "line 14", "name stands here twice"),
        ("{word: level}", "{scale: {low: eleven}}", f"line 14, {RECORD}.finding.severity.scale", "no severity"),
        ("at: results[]", "at: results", "line 9, variants[0].records[0].at", "ends with []"),
        ("name: title", "name: report.results", "line 9, variants[0].records[0].at", "ask for single values"),
        ("code: {}", "code: {sauce: a}", "line 11, variants[0].records[0].asset.code", "has no sauce; it has source, origin"),
        ("code: {}", "code: {}\n      web: {}", "line 11, variants[0].records[0].asset", "an asset is one of"),
        ("name: title", "name: [", "line 15", "expected"),
        ("name: title", "name: &a title\n      location: *a", "line 14", "aliases are not taken"),
    ],
)  # fmt: skip
def test_the_place_and_the_reason(before: str, after: str, place: str, reason: str) -> None:
    with pytest.raises(MappingError) as caught:
        format_of(GOOD.replace(before, after, 1))
    assert reason in caught.value.reason
    assert caught.value.place == place


@pytest.mark.parametrize("text", ["", "a", "[]", "slug: 1", "\x00", "a: " + "[" * 100 + "]" * 100, "x" * 200_000])
def test_what_is_no_mapping(text: str) -> None:
    with pytest.raises(MappingError):
        format_of(text)


def test_words_that_yaml_takes_for_something_else_are_words() -> None:
    text = GOOD.replace("{word: level}", "{word: level, scale: {no: low, on: high, 1:30: medium}}")
    assert format_of(text).slug == "acme"
