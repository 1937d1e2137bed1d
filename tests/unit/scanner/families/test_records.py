"""Records of JSON that are read as they are."""

from scanner.families.records import at, number, objects, rest, text, texts, told

RECORD = {"a": {"b": " x ", "n": "7,5", "l": ["p", None, 3, ""], "o": [{"c": 1}, "no", None]}, "flag": False, "e": ""}


def test_paths_lead_to_values_or_nowhere() -> None:
    assert at(RECORD, "a.b") == " x "
    assert at(RECORD, "a.b.c") is None
    assert at("text", "a") is None


def test_the_first_that_says_anything() -> None:
    assert text(RECORD, "e", "none", "a.b") == "x"
    assert text(RECORD, "flag") == "false"
    assert text(RECORD, "a.l") == "p"
    assert text(RECORD, "a.o") == "no"
    assert text(RECORD, "a") == ""


def test_numbers_however_written() -> None:
    assert number(RECORD, "e", "a.n") == 7.5
    assert number(RECORD, "a.b") is None


def test_lists_and_single_values() -> None:
    assert texts(RECORD, "a.l") == ["p", "3"]
    assert texts(RECORD, "a.b") == ["x"]
    assert objects(RECORD, "a.o") == [{"c": 1}]
    assert objects(RECORD, "a") == [RECORD["a"]]
    assert objects(RECORD, "none") == []


def test_the_rest_is_told_by_path() -> None:
    assert rest(RECORD, "a.b") == {"a_n": "7,5", "a_l": ["p", "3"], "a_o": ["c: 1", "no"], "flag": False}
    assert rest({"isKEV": True, "aws/x.Y": 1, "9z": 2}, under="vulnerability") == {
        "vulnerability_is_kev": True,
        "vulnerability_aws_x_y": 1,
        "vulnerability_9_z": 2,
    }


def test_the_rest_has_bounds() -> None:
    deep: object = "x"
    for _ in range(50):
        deep = {"a": deep}
    assert rest({"deep": deep}) == {}
    assert len(rest({f"k{number}": "v" * 9_000 for number in range(500)})) == 60
    assert len(str(rest({"k": "v" * 9_000})["k"])) < 2_100


def test_what_a_format_names_comes_first() -> None:
    assert told({"rule": "theirs", "more": 1, "empty": ""}, rule="ours", nothing="") == {"rule": "ours", "more": 1}
    assert rest({"references": ["x"], "evidence": "y"}) == {"references_said": ["x"], "evidence_said": "y"}
