"""What a document is after it was opened: UTF-8, JSON that is JSON."""

import json
from pathlib import Path

import pytest

from scanner.opening import open_documents
from scanner.readers.encodings import is_binary

TEXT = '{"name": "Müller & Søn", "price": "5 €"}'


def opened(tmp_path: Path, content: bytes) -> bytes:
    path = tmp_path / "report"
    path.write_bytes(content)
    (data,) = [bytes(document.data) for document in open_documents(path)]
    return data


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"])
def test_encodings_become_utf8(tmp_path: Path, encoding: str) -> None:
    assert opened(tmp_path, TEXT.encode(encoding)).decode() == TEXT


def test_stray_bytes_in_utf8_are_windows_characters(tmp_path: Path) -> None:
    assert opened(tmp_path, '{"a": "ü'.encode() + b'\xfc"}').decode() == '{"a": "üü"}'


def test_declared_encoding_of_xml(tmp_path: Path) -> None:
    xml = '<?xml version="1.0" encoding="ISO-8859-15"?><a>5 €</a>'
    assert opened(tmp_path, xml.encode("iso-8859-15")).decode() == "<a>5 €</a>"


def test_hidden_encoding_is_brought_to_light(tmp_path: Path) -> None:
    """UTF-7 would hide an entity from anyone who looks at the bytes."""
    xml = b'<?xml version="1.0" encoding="utf-7"?>' + "<!DOCTYPE a [<!ENTITY x 'y'>]><a/>".encode("utf-7")
    assert b"<!ENTITY" in opened(tmp_path, xml)


def test_unknown_declared_encoding_is_utf8(tmp_path: Path) -> None:
    xml = b'<?xml version="1.0" encoding="zlib"?><a/>'
    assert opened(tmp_path, xml) == xml


def test_utf8_is_not_copied(tmp_path: Path) -> None:
    path = tmp_path / "report"
    path.write_text(TEXT)
    assert [document.path for document in open_documents(path)] == [path]


def test_what_needs_no_temporary_file_makes_no_folder_for_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "there is none"))
    assert opened(tmp_path, TEXT.encode()).decode() == TEXT
    with pytest.raises(FileNotFoundError):
        opened(tmp_path, TEXT.encode("utf-16"))


def test_temporary_files_go_with_the_last_document(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (temporary := tmp_path / "temporary").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    (path := tmp_path / "report").write_text(TEXT, "utf-16")
    documents = open_documents(path)
    assert temporary in next(documents).path.parents
    assert next(documents, None) is None
    assert list(temporary.iterdir()) == []


def test_character_cut_off_at_the_end_changes_nothing_else(tmp_path: Path) -> None:
    content = '{"a": "ä", "b": "€'.encode()[:-1]
    assert opened(tmp_path, content) == content


@pytest.mark.parametrize(
    "log", [b"2030-01-01 scanning\nfound {3} things\n", b"[INFO] start\n[WARN] slow\n", b"WARNING: {old}\n\n"]
)
@pytest.mark.parametrize("report", [b'{"a": [1,\n 2]}', b'[{"a": 1}]\n', b'{"a": 1}\n{"a": 2}\n'])
def test_log_lines_before_json_are_left_out(tmp_path: Path, log: bytes, report: bytes) -> None:
    assert opened(tmp_path, log + report) == report


@pytest.mark.parametrize(
    "content",
    [
        b'log\n{"a": 1',  # cut off: no JSON to the end
        b'title,evidence\nx,"curl\n{\n ""a"": 1}"\n',
        b"<a>\n{}</a>",
    ],
)
def test_what_only_looks_like_json_stays(tmp_path: Path, content: bytes) -> None:
    assert opened(tmp_path, content) == content


@pytest.mark.parametrize("report", [b'{"a": [1,\n2]}', b'[{"a": 1}, {"a": "} x"}]', b'{\n "a": 1\n}'])
@pytest.mark.parametrize("words", [b"\nDone in 3s.\n", b"\nnpm ERR! code 1\nnpm ERR! a log: [x]\nbye"])
def test_words_behind_whole_json_are_left_out(tmp_path: Path, report: bytes, words: bytes) -> None:
    assert opened(tmp_path, report + words).strip() == report


@pytest.mark.parametrize(
    "content", [b'{"a": 1\nDone.', b'[{"a": 1},\nDone.', b'{\n"a": 1}\n{"b":\nDone.', b'{"a": 1}\0{"b": 2}\0']
)
def test_words_behind_json_that_is_not_whole_stay(tmp_path: Path, content: bytes) -> None:
    assert opened(tmp_path, content) == content


def test_commas_behind_the_last_item_are_left_out(tmp_path: Path) -> None:
    content = b'{"a": [{"b": "x,]"},\n], "c": ",}",}'
    assert json.loads(opened(tmp_path, content)) == {"a": [{"b": "x,]"}], "c": ",}"}
    assert json.loads(opened(tmp_path, b'[{"a": 1}, {"a": 2},\n]')) == [{"a": 1}, {"a": 2}]


def test_numbers_that_json_has_not_become_null(tmp_path: Path) -> None:
    written = json.dumps({"a": float("nan"), "b": [float("inf"), -float("inf")], "c": 'say "NaN", [NaN', "d": "\\"})
    assert json.loads(opened(tmp_path, written.encode())) == {"a": None, "b": [None, None], "c": 'say "NaN", [NaN', "d": "\\"}


def test_unclosed_strings_are_looked_at_once(tmp_path: Path) -> None:
    content = b'{"a": NaN, "b": "' + b'\\"' * 200_000
    assert opened(tmp_path, content).startswith(b'{"a": null, ')


def test_binary_is_told_from_text_with_a_few_control_characters() -> None:
    assert is_binary(bytes(range(256)))
    assert not is_binary(b"\0" + b"text, with one NUL in it, as exports have" * 3)
