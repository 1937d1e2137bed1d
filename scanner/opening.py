"""Opens files as documents: unpacked, in UTF-8, and in JSON that is JSON."""

import tempfile
from collections.abc import Callable, Generator, Iterator
from dataclasses import replace
from pathlib import Path

from scanner.readers.archive_policy import ONE_REPORT, ArchiveLimits
from scanner.readers.archives import unpack
from scanner.readers.document import Document, mapped
from scanner.readers.encodings import encoding_of, in_utf8, is_utf8
from scanner.readers.scratch import Scratch, scratch_folder
from scanner.shapes.json.outline import Expected, outlined
from scanner.shapes.json.repair import as_json, ends_as_json, is_json_lines, starts_as_json

_HEAD_BYTES = 65_536
"""At least what a format is detected by."""

Expect = Callable[[Document], Expected | None]
"""By the head of a JSON object, what it will be decoded into."""


def _nothing(_: Document) -> None: ...


def open_documents(
    path: Path,
    *,
    name: str = "",
    limits: ArchiveLimits = ONE_REPORT,
    for_shards: bool = False,
    expect: Expect = _nothing,
) -> Generator[Document, None, None]:
    """The documents of a file, one after the other: itself, or the members of an archive, at any allowed nesting.

    ``for_shards`` leaves a document unchecked where its shards can see to that: neither read to its end nor rewritten.
    Temporary files live until the next document is asked for. Raises `MalformedReportError` for a broken archive and
    `LimitExceededError` for one that is larger, deeper or more compressed than ``limits`` allow.
    """
    with scratch_folder() as scratch:
        for plain in unpack(path, name or path.name, scratch, limits):
            document = Document(plain.name, *mapped(plain.path), plain.is_member, is_checked=False)
            document = (for_shards and _unchecked(document, expect)) or checked(document, scratch, expect)
            yield document
            if document.path != path:
                document.path.unlink(missing_ok=True)  # the map stays valid


def checked(document: Document, scratch: Scratch, expect: Expect = _nothing) -> Document:
    """The same in UTF-8, and in JSON that is JSON; where it has to be rewritten for that, as a file in ``scratch``."""
    document = replace(document, keys=frozenset(), envelope=None, is_checked=True)
    if chunks := in_utf8(document.data):
        document = _rewritten(document, chunks, scratch)
    with_outline = _outlined(document, expect)
    if with_outline is None and (chunks := as_json(document.data)):
        document = _rewritten(document, chunks, scratch)
        with_outline = _outlined(document, expect)
    return with_outline or document


def _outlined(document: Document, expect: Expect) -> Document | None:
    """None where it is not one JSON object, valid to its end."""
    outline = outlined(document.data, document.name, lambda: expect(document))
    return None if outline is None else replace(document, keys=outline.keys, envelope=outline.envelope)


def _unchecked(document: Document, expect: Expect) -> Document | None:
    """The same where its head promises that nothing in it has to be rewritten but what is not UTF-8; else None."""
    data, head = document.data, document.data[:_HEAD_BYTES]
    is_json = starts_as_json(head)
    if encoding_of(head) != ("utf-8", 0) or not is_utf8(head) or as_json(head if is_json else data):
        return None
    if not is_json or is_json_lines(head):
        return document
    if not head.lstrip().startswith(b"{"):
        return document if ends_as_json(data) else None
    return _outlined(document, expect)


def _rewritten(document: Document, chunks: Iterator[bytes], scratch: Scratch) -> Document:
    """The same from a temporary copy in which what readers cannot take is put right."""
    with tempfile.NamedTemporaryFile(dir=scratch(), delete=False) as target:
        target.writelines(chunks)
    data, path = mapped(Path(target.name))
    return replace(document, data=data, path=path)
