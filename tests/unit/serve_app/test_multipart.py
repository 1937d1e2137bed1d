"""The form parser on bytes as they come from the wire: cut anywhere, hostile, broken."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serve_app.errors import InvalidParametersError, ServeAppError, TooLargeError, UnsupportedMediaError
from serve_app.submitting.multipart import MOST_FIELD_BYTES, MOST_FIELDS, UploadForm
from serve_app.submitting.submission import label

TYPE = "multipart/form-data; boundary=cut"
CONTENT = b"line\r\n--cu\r\n--cutter\r\n\x00\xff--" * 20


def part(name: str, value: bytes, filename: str | None = None) -> bytes:
    disposition = f'form-data; name="{name}"' + ("" if filename is None else f'; filename="{filename}"')
    return b"--cut\r\nContent-Disposition: " + disposition.encode() + b"\r\n\r\n" + value + b"\r\n"


def body(*parts: bytes) -> bytes:
    return b"".join(parts) + b"--cut--\r\n"


def read(data: bytes, piece: int = 1 << 20) -> tuple[dict[str, str], str, bytes]:
    form = UploadForm(TYPE)
    content = b"".join(b"".join(form.feed(data[at : at + piece])) for at in range(0, len(data), piece))
    return form.texts, form.finish(), content


@given(piece=st.integers(1, 400), before=st.booleans())
def test_the_body_may_be_cut_anywhere_and_fields_come_in_any_order(piece: int, before: bool) -> None:
    fields = [part("file", CONTENT, "a.json"), part("scanner_type", b"trivy")]
    data = body(*(reversed(fields) if before else fields))
    assert read(data, piece) == ({"scanner_type": "trivy"}, "a.json", CONTENT)


@given(st.binary(max_size=300), st.integers(1, 50))
def test_any_bytes_are_a_form_or_one_of_our_errors(data: bytes, piece: int) -> None:
    for hostile in (data, b"--cut\r\n" + data, body(data)):
        try:
            read(hostile, piece)
        except ServeAppError:
            continue


def test_a_form_that_breaks_off_is_refused() -> None:
    whole = body(part("file", b"x" * 50, "a"))
    for end in range(whole.rindex(b"--cut--") + len(b"--cut-")):
        with pytest.raises(InvalidParametersError):
            read(whole[:end])


@pytest.mark.parametrize(
    ("parts", "field"),
    [
        ((part("scanner_type", b"trivy"),), "file"),
        ((part("file", b"x", ""),), "file"),
        ((part("file", b"x"),), "file"),
        ((part("file", b"x", "a"), part("file", b"y", "b")), "file"),
        ((part("file", b"x", "a"), part("extra", b"y", "b")), "extra"),
        ((part("file", b"x", "a"), part("", b"y")), "body"),
        ((part("file", b"x", "a"), part("scanner_type", b"\xff\xfe")), "scanner_type"),
        (tuple(part(f"f{number}", b"") for number in range(MOST_FIELDS + 1)), "body"),
        ((b"--cut\r\n" + b"X: y\r\n" * 20 + b"\r\nvalue\r\n",), "body"),
        ((b"--cut\r\nX: " + b"y" * 10_000 + b"\r\n\r\nvalue\r\n",), "body"),
    ],
)
def test_a_wrong_form_is_refused_by_the_name_of_what_is_wrong(parts: tuple[bytes, ...], field: str) -> None:
    with pytest.raises(InvalidParametersError) as refusal:
        read(body(*parts))
    assert list(refusal.value.problems) == [field]


def test_a_huge_field_is_refused_before_it_is_read() -> None:
    form = UploadForm(TYPE)
    form.feed(b'--cut\r\nContent-Disposition: form-data; name="webhook_headers"\r\n\r\n')
    for _ in range(MOST_FIELD_BYTES // 1000):
        form.feed(b"x" * 1000)
    with pytest.raises(TooLargeError):
        form.feed(b"x" * 1000)


@pytest.mark.parametrize("content_type", ["", "application/json", "multipart/mixed; boundary=x", "text/plain"])
def test_another_type_is_refused(content_type: str) -> None:
    with pytest.raises(UnsupportedMediaError):
        UploadForm(content_type)


@pytest.mark.parametrize("content_type", ["multipart/form-data", "multipart/form-data; boundary=" + "x" * 300])
def test_a_boundary_is_needed(content_type: str) -> None:
    with pytest.raises(InvalidParametersError):
        UploadForm(content_type)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("a\x07b\x1b[31m.json", "ab[31m.json"),
        ("\u202egnp.exe", "gnp.exe"),
        ("  ", "report"),
        ("…/ok", "ok"),
        (".hidden", ".hidden"),
    ],
)
def test_labels(name: str, shown: str) -> None:
    assert label(name) == shown
