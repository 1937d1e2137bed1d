"""What is passed on undecoded: only what says something, and nothing that Phoenix would not take."""

import json

import msgspec
import pytest

from scanner.normalize import passing


class Record(msgspec.Struct):
    text: msgspec.Raw = passing.ABSENT
    links: msgspec.Raw = passing.ABSENT


def read(document: str) -> Record:
    return msgspec.json.decode(document.encode(), type=Record)


@pytest.mark.parametrize("value", ["plain", 'say "so"', "ends with a backslash \\", "größe ≤", "\x7f", "<b>", "'"])
def test_a_text_is_passed_on(value: str) -> None:
    for encoded in (json.dumps(value), json.dumps(value, ensure_ascii=False)):
        assert passing.decoded(passing.text(read(f'{{"text": {encoded}}}').text)) == value


@pytest.mark.parametrize("value", ['""', '" "', '"\\n\\t "', '"\\u0020"', "null", "17", "true", '["a"]', '{"a": "b"}'])
def test_what_says_nothing_or_is_no_text_is_left_out(value: str) -> None:
    assert passing.text(read(f'{{"text": {value}}}').text) == ""
    assert passing.text(passing.ABSENT) == ""


def test_the_first_text_counts() -> None:
    record = read('{"text": " ", "links": "second"}')
    assert passing.decoded(passing.text(record.text, record.links)) == "second"


def test_white_space_around_a_text_goes() -> None:
    assert passing.text(read('{"text": "\\n said "}').text) == "said"


@pytest.mark.parametrize(("value", "kept"), [('["a", "b"]', True), ('["", "b"]', True), ('[{"a": 1}]', True)])
def test_a_list_that_says_something_is_passed_on(value: str, kept: bool) -> None:
    links = passing.listed(read(f'{{"links": {value}}}').links)
    assert (links is not passing.ABSENT) == kept
    assert passing.decoded(links) == json.loads(value)


@pytest.mark.parametrize("value", ["[]", "[ ]", "[null]", '[""]', "null", '"text"', "{}", "1"])
def test_other_lists_are_left_out(value: str) -> None:
    assert passing.listed(read(f'{{"links": {value}}}').links) is passing.ABSENT


@pytest.mark.parametrize("broken", [b'"\\ud800"', b'"\\x"', b'"a\nb"', b'"\x00"', b"NaN", b"[1,]", b"01"])
def test_the_reader_refuses_what_is_no_json(broken: bytes) -> None:
    """Raw values are checked when they are cut out, so that nothing broken can be passed on."""
    with pytest.raises(msgspec.DecodeError):
        msgspec.json.decode(b'{"text": %b   }' % broken, type=Record)


@pytest.mark.parametrize("text", ["plain", 'quoted "so"', "two\nlines", "größe", "x" * 5_000])
def test_a_shared_text_is_the_same_for_every_finding(text: str) -> None:
    assert passing.decoded(passing.shared(text)) == text
    assert passing.decoded(passing.paragraphs("own", text)) == f"own\n\n{text}"
    assert passing.decoded(passing.paragraphs("", text)) == text
    assert passing.decoded(passing.paragraphs(text, "")) == text
    assert passing.decoded(passing.paragraphs(text, text)) == text


def test_nothing_shared_is_nothing() -> None:
    assert passing.shared("") == ""
    assert passing.paragraphs("", "") == ""


def test_a_shared_text_that_says_nothing_is_left_to_be_repaired() -> None:
    assert passing.shared(" \n") == " \n"


def test_a_shared_list_is_left_out_where_it_is_empty() -> None:
    assert passing.decoded(passing.shared_list(["a", "b"])) == ["a", "b"]
    assert passing.shared_list([]) is passing.ABSENT


def test_any_number_of_empty_texts_may_come_before_one_that_says_something() -> None:
    empty = [msgspec.Raw(b'""')] * 5_000
    assert passing.text(*empty, msgspec.Raw(b'"last"')) == msgspec.Raw(b'"last"')
    assert passing.text(*empty) == ""
