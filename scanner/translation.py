"""Runs a format over a report: every record becomes findings in a sink, or a skipped record with its place and reason."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import msgspec

from scanner.catalogue import AUTO
from scanner.detection import Detected, detect, expect
from scanner.errors import AmbiguousFormatError, MalformedReportError, RecordError, ScannerError, UnknownFormatError
from scanner.model import Asset, Dismissed, Finding, Located, Occurrence
from scanner.opening import open_documents
from scanner.readers.archive_policy import ONE_REPORT, ArchiveLimits
from scanner.readers.document import Document
from scanner.section import Part, Section
from scanner.set_aside import Place
from scanner.shapes.guard import guarded
from scanner.shapes.json.reading import decoder


class SkippedRecord(msgspec.Struct, frozen=True):
    """A record that is in the report and will not be in Phoenix, and why."""

    place: str
    reason: str

    def retold(self, text: Callable[[str], str]) -> "SkippedRecord":
        return SkippedRecord(text(self.place), text(self.reason))


class Tally(msgspec.Struct, frozen=True):
    """How many records of a report were looked at, and how many could be read. Sums up over sections and shards with ``+``."""

    records: int = 0
    read: int = 0
    first_skipped: SkippedRecord | None = None
    looked: int = 0
    """Sections of which the tool does not say that it failed."""
    failed: SkippedRecord | None = None
    """The first section of which it does."""

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(
            self.records + other.records,
            self.read + other.read,
            self.first_skipped or other.first_skipped,
            self.looked + other.looked,
            self.failed or other.failed,
        )

    def retold(self, text: Callable[[str], str]) -> "Tally":
        """The same numbers; what is told of the report goes through ``text``."""
        first, failed = (told and told.retold(text) for told in (self.first_skipped, self.failed))
        return Tally(self.records, self.read, first, self.looked, failed)

    def require_any_read(self, name: str) -> None:
        """Raises `MalformedReportError` where there are records and not one could be read, or where the scan has failed.

        Such a report must not count as one without findings: importing that would close what earlier scans have found.
        """
        if self.failed is not None and not self.looked:
            raise MalformedReportError(f"the scan failed: {self.failed.reason}", self.failed.place or name)
        if self.first_skipped is not None and not self.read:
            first = self.first_skipped
            raise MalformedReportError(f"none of its {self.records} records could be read; {first.place}: {first.reason}", name)


class Sink(Protocol):
    """Takes what a translation makes. Any error but the one named here ends the translation."""

    def add(self, asset: Asset, finding: Finding | Occurrence) -> None:
        """`RecordError` for a finding that Phoenix would refuse; it is skipped."""

    def dismiss(self, asset: Asset, dismissed: Dismissed, place: Place) -> None:
        """The same for a finding that was put aside; its asset counts as scanned. ``place`` is to be asked at once or never."""

    def seen(self, asset: Asset) -> None:
        """The asset was scanned, whether or not anything was found on it."""

    def skip(self, skipped: SkippedRecord) -> None: ...


def translate_file(
    path: Path,
    sink: Sink,
    *,
    name: str = "",
    scanner_type: str = AUTO,
    mapping: str = "",
    limits: ArchiveLimits = ONE_REPORT,
) -> Detected:
    """Translates a report, or every report in an archive, in this process. Memory: one record at a time beside the mapped file.

    In an archive a member that cannot be read is skipped as a whole, unless none can. Raises `ScannerError`; what the sink has
    been given until then is worth nothing.
    """
    first: Detected | None = None
    failure: ScannerError | None = None
    expected = partial(expect, scanner_type=scanner_type, mapping=mapping)
    with closing(open_documents(path, name=name, limits=limits, expect=expected)) as documents:
        for document in documents:
            try:
                detected = detect(document, scanner_type, mapping)
                translate_document(document, detected, sink)
                first = first or detected
            except (UnknownFormatError, AmbiguousFormatError, MalformedReportError) as error:
                if not document.is_member:
                    raise
                failure = failure or error
                sink.skip(SkippedRecord(document.name, str(error)))
    if first is None:
        raise failure or MalformedReportError("the archive holds no files", name or path.name)
    return first


def translate_document(document: Document, detected: Detected, sink: Sink) -> Tally:
    """All sections in their order. Raises `ScannerError`, also where there are records and none of them can be read."""
    return translate_sections(detected.variant.read(document, detected.layout), document.name, sink)


def translate_sections(sections: Iterable[Section], name: str, sink: Sink) -> Tally:
    """The same, of sections that are read from a document of that name."""
    tally = Tally()
    for section in guarded(sections, name):
        tally += translate_section(section, sink)
    tally.require_any_read(name)
    return tally


_LONGEST_REASON = 500
_PARTS = (Finding, Occurrence, Dismissed, Located, RecordError)


def translate_section(section: Section, sink: Sink) -> Tally:
    """The hot loop. A record that fails in any way is skipped, never the end of the report."""
    asset, add = section.asset, sink.add
    if section.failure:
        failed = SkippedRecord(_whole_place(section), _cut(section.failure))
        sink.skip(failed)
        return Tally(failed=failed)
    if asset is not None:
        sink.seen(asset)
    decode = decoder(section.record).decode if section.record not in (None, msgspec.Raw) else _as_it_is
    translate, context = section.translate, section.context
    skips = _Skips(section, sink)
    records = read = 0
    try:
        for record in section.records:
            records += 1
            try:
                translated = translate(decode(record), context)
            except MemoryError:
                raise
            except Exception as error:  # noqa: BLE001  the edge of a format's code: any failure becomes an event
                skips.add(records - 1, error)
                continue
            try:  # a finding of its own is by far the most frequent: no detours
                if (type(translated) is Occurrence or type(translated) is Finding) and asset is not None:
                    add(asset, translated)
                elif type(translated) is Located and isinstance(translated.finding, Finding | Occurrence):
                    add(translated.asset, translated.finding)
                elif translated is not None:
                    parts = (translated,) if isinstance(translated, _PARTS) else translated
                    read += _emit_parts(parts, asset, sink, skips, records - 1)
                    continue
                read += 1
            except RecordError as error:
                skips.add(records - 1, error)
    except RecordError as error:  # the reader's: the last record is cut off
        records += 1
        skips.add(records - 1, error)
    return Tally(records, read, skips.first, looked=1)


class _Skips:
    """Reports what is skipped of a section, and remembers the first; knows where its records stand."""

    def __init__(self, section: Section, sink: Sink) -> None:
        self._section, self._sink = section, sink
        self.first: SkippedRecord | None = None

    def add(self, index: int, error: Exception) -> None:
        skipped = SkippedRecord(self.place(index), _reason(error))
        self._sink.skip(skipped)
        self.first = self.first or skipped

    def place(self, index: int) -> str:
        return _place(self._section, index)


def _emit_parts(parts: Iterable[Part], asset: Asset | None, sink: Sink, skips: _Skips, index: int) -> bool:
    """Whether anything came of the record, or nothing was to come of it."""
    emitted = refused = False
    for part in _guarded(parts):
        try:
            _emit(part, asset, sink, skips, index)
            emitted = True
        except RecordError as error:
            skips.add(index, error)
            refused = True
    return emitted or not refused


def _guarded(parts: Iterable[Part]) -> Iterator[Part]:
    """The parts of a record as a format makes them; its failure comes as the last of them, as the others are good."""
    try:
        yield from parts
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001  the edge of a format's code: any failure becomes an event
        yield RecordError(_reason(error))


def _emit(part: Part, asset: Asset | None, sink: Sink, skips: _Skips, index: int) -> None:
    if isinstance(part, RecordError):
        raise part
    on, finding = (part.asset, part.finding) if isinstance(part, Located) else (asset, part)
    if on is None:
        raise RecordError("a finding without an asset")
    match finding:
        case None:
            sink.seen(on)
        case Dismissed():
            sink.dismiss(on, finding, partial(skips.place, index))
        case _:
            sink.add(on, finding)


def _as_it_is(record: Any) -> Any:
    return record


def _whole_place(section: Section) -> str:
    return section.place() if callable(section.place) else section.place


def _place(section: Section, index: int) -> str:
    return section.place() if callable(section.place) else f"{section.place}[{section.first + index}]"


def _reason(error: Exception) -> str:
    known = isinstance(error, (ScannerError, msgspec.ValidationError))
    return _cut(str(error) if known else f"{type(error).__name__}: {error}")


def _cut(reason: str) -> str:
    """Not within a word: half a name is none that could be replaced."""
    if len(reason) <= _LONGEST_REASON:
        return reason
    return f"{reason[:_LONGEST_REASON].rpartition(' ')[0]}…"
