"""Runs a format over a report: every record becomes findings in a sink, or a skipped record with its place and reason."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import msgspec

from scanner.detection import Detected, detect
from scanner.errors import MalformedReportError, ScannerError, UnknownFormatError
from scanner.format import Section
from scanner.model import Asset, Finding, Located
from scanner.readers.archives import DEFAULT_LIMITS, ArchiveLimits
from scanner.readers.document import Document, open_documents
from scanner.readers.json import decoder
from scanner.reading import read_sections
from scanner.registry import AUTO


class SkippedRecord(msgspec.Struct, frozen=True):
    """A record that is in the report and will not be in Phoenix, and why."""

    place: str
    reason: str


class Sink(Protocol):
    """Takes what a translation makes. ``add`` raises `RecordError` for a finding that Phoenix would refuse."""

    def add(self, asset: Asset, finding: Finding) -> None: ...

    def seen(self, asset: Asset) -> None:
        """The asset was scanned, whether or not anything was found on it."""

    def skip(self, skipped: SkippedRecord) -> None: ...


def translate_file(
    path: Path, sink: Sink, *, name: str = "", scanner_type: str = AUTO, limits: ArchiveLimits = DEFAULT_LIMITS
) -> Detected:
    """Translates a report, or every report in an archive, in this process. Memory: one record at a time beside the mapped file.

    In an archive a member that cannot be read is skipped as a whole, unless none can. Raises `ScannerError`.
    """
    first: Detected | None = None
    failure: ScannerError | None = None
    for document in open_documents(path, name=name, limits=limits):
        is_member = document.name != (name or path.name) and "/" in document.name
        try:
            detected = detect(document, scanner_type)
            translate_document(document, detected, sink)
            first = first or detected
        except (UnknownFormatError, MalformedReportError) as error:
            if not is_member:
                raise
            failure = failure or error
            sink.skip(SkippedRecord(document.name, str(error)))
    if first is None:
        raise failure or MalformedReportError("the archive holds no files", name or path.name)
    return first


def translate_document(document: Document, detected: Detected, sink: Sink) -> None:
    for section in sections_of(document, detected):
        translate_section(section, sink)


def sections_of(document: Document, detected: Detected) -> Iterator[Section]:
    """As `read_sections`; what a format's own code trips over in a broken envelope is a malformed report."""
    try:
        yield from read_sections(document, detected)
    except ScannerError:
        raise
    except Exception as error:  # the edge of a format's code, on a report of any shape
        raise MalformedReportError(f"{type(error).__name__}: {error}", document.name) from error


def translate_section(section: Section, sink: Sink) -> None:
    """The hot loop. A record that fails in any way is skipped, never the end of the report."""
    if section.asset is not None:
        sink.seen(section.asset)
    decode = decoder(section.record).decode if section.record is not None else _as_it_is
    translate, context = section.translate, section.context
    for index, record in enumerate(section.records):
        try:
            translated = translate(decode(record), context)
            if type(translated) is Finding:
                _emit(translated, section.asset, sink)
            elif translated is not None:
                for part in (translated,) if isinstance(translated, Located) else translated:  # type: ignore[union-attr]
                    _emit(part, section.asset, sink)
        except MemoryError:
            raise
        except Exception as error:  # noqa: BLE001  # the edge of a format's code: any failure becomes an event
            sink.skip(SkippedRecord(_place(section, index), _reason(error)))


def _emit(part: Finding | Located, asset: Asset | None, sink: Sink) -> None:
    if isinstance(part, Located):
        if part.finding is None:
            sink.seen(part.asset)
        else:
            sink.add(part.asset, part.finding)
    elif asset is None:
        raise TypeError("a finding without an asset: its section has none")
    else:
        sink.add(asset, part)


def _as_it_is(record: Any) -> Any:
    return record


def _place(section: Section, index: int) -> str:
    return section.place() if callable(section.place) else f"{section.place}[{section.first + index}]"


def _reason(error: Exception) -> str:
    known = isinstance(error, (ScannerError, msgspec.ValidationError))
    return (str(error) if known else f"{type(error).__name__}: {error}")[:500]
