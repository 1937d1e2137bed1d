"""An upload's form, parsed while it arrives: small text fields are kept, the file's bytes are handed on at once. No I/O."""

from collections.abc import Callable
from typing import Any

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from serve_app.errors import InvalidParametersError, TooLargeError, UnsupportedMediaError

FILE_FIELD = "file"
MOST_FIELDS = 64
MOST_FIELD_BYTES = 64_000
"""Of one text field; webhook headers are the longest."""
OVERHEAD_BYTES = MOST_FIELDS * (MOST_FIELD_BYTES + 40_000)
"""What a body may have beyond the file: fields and part headers at their limits."""
_WANTED = "multipart/form-data"


class UploadForm:
    """Fields may come in any order. Memory: the text fields, and the piece that is being fed.

    Raises `UnsupportedMediaError`, `InvalidParametersError` and `TooLargeError`, as soon as the bytes show it.
    """

    def __init__(self, content_type: str) -> None:
        kind, options = parse_options_header(content_type)
        if kind != _WANTED.encode():
            raise UnsupportedMediaError(content_type, _WANTED)
        boundary = options.get(b"boundary")
        if not boundary:
            raise InvalidParametersError({"body": "the Content-Type has no boundary"})
        self.texts: dict[str, str] = {}
        self.filename: str | None = None
        """None until the file's part has begun."""
        self._file_pieces: list[bytes] = []
        self._part = _Part()
        self._parts = 0
        self._ended = False
        callbacks: dict[str, Callable[..., Any]] = {
            "on_part_begin": self._begin_part,
            "on_header_field": self._header_name,
            "on_header_value": self._header_value,
            "on_header_end": self._end_header,
            "on_headers_finished": self._end_headers,
            "on_part_data": self._part_data,
            "on_part_end": self._end_part,
            "on_end": self._end,
        }
        try:
            self._parser = MultipartParser(boundary, callbacks)  # type: ignore[arg-type]  # a TypedDict of the same
        except FormParserError as error:
            raise InvalidParametersError({"body": str(error)}) from error

    def feed(self, data: bytes) -> list[bytes]:
        """The next piece of the body; gives back what it holds of the file."""
        try:
            self._parser.write(data)
        except FormParserError as error:
            raise InvalidParametersError({"body": f"malformed multipart form: {error}"}) from error
        pieces, self._file_pieces = self._file_pieces, []
        return pieces

    def finish(self) -> str:
        """The body has ended; gives back the file's name, as the client wrote it."""
        if not self._ended:
            raise InvalidParametersError({"body": "the multipart form ends before its last boundary"})
        if self.filename is None:
            raise InvalidParametersError({FILE_FIELD: "is missing"})
        return self.filename

    def _begin_part(self) -> None:
        self._parts += 1
        if self._parts > MOST_FIELDS:
            raise InvalidParametersError({"body": f"has more than {MOST_FIELDS} fields"})
        self._part = _Part()

    def _header_name(self, data: bytes, start: int, end: int) -> None:
        self._part.header_name += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._part.header_value += data[start:end]

    def _end_header(self) -> None:
        part = self._part
        if part.header_name.lower() == b"content-disposition":
            _, options = parse_options_header(bytes(part.header_value))
            part.name = _decoded(options.get(b"name", b""), "body")
            filename = options.get(b"filename")
            part.filename = None if filename is None else filename.decode("utf-8", "replace")
        part.header_name, part.header_value = bytearray(), bytearray()

    def _end_headers(self) -> None:
        part = self._part
        if not part.name:
            raise InvalidParametersError({"body": "has a field without a name"})
        if part.filename is None:
            if part.name == FILE_FIELD:
                raise InvalidParametersError({FILE_FIELD: "must come as a file, with a file name"})
            return
        if part.name != FILE_FIELD:
            raise InvalidParametersError({part.name[:100]: f"no file is taken here; the report goes into {FILE_FIELD!r}"})
        if self.filename is not None:
            raise InvalidParametersError({FILE_FIELD: "one report is taken, and there are several"})
        if not part.filename:
            raise InvalidParametersError({FILE_FIELD: "is missing: no file was chosen"})
        self.filename = part.filename

    def _part_data(self, data: bytes, start: int, end: int) -> None:
        if self._part.filename is not None:
            self._file_pieces.append(data[start:end])
            return
        self._part.text += data[start:end]
        if len(self._part.text) > MOST_FIELD_BYTES:
            raise TooLargeError(f"the field {self._part.name[:100]!r}", MOST_FIELD_BYTES)

    def _end_part(self) -> None:
        if self._part.filename is None:
            self.texts[self._part.name] = _decoded(bytes(self._part.text), self._part.name[:100])

    def _end(self) -> None:
        self._ended = True


class _Part:
    """The part that is being read."""

    def __init__(self) -> None:
        self.name = ""
        self.filename: str | None = None
        self.header_name, self.header_value, self.text = bytearray(), bytearray(), bytearray()


def _decoded(data: bytes, field: str) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise InvalidParametersError({field: "is not UTF-8"}) from error
