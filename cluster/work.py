"""The work of tasks, without Ray: read and cut, translate, plan. Idempotent: what is stored again is the same."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from cluster.bodies import BodyWriter
from cluster.report import Report, StoredShard
from cluster.resources import CALL_BYTES
from cluster.sharding import Asked, shard_document
from cluster.sizing import divide, evenly
from cluster.sources import stored_document
from jobs_store.storage import ObjectStorage, layout
from jobs_store.storage.layout import Fate
from scanner.anonymizing import Anonymizer
from scanner.assessments import LONGEST_NAME
from scanner.batching import Limits, Oversized, Piece, PieceInfo, cut, overhead_bytes, require_one_request
from scanner.collecting import Collector, Counts, regroup
from scanner.detection import Detected, expect
from scanner.errors import AmbiguousFormatError, MalformedReportError, ScannerError, UnknownFormatError
from scanner.merging import Ratings
from scanner.opening import open_documents
from scanner.readers import magic
from scanner.readers.archive_policy import one_report
from scanner.readers.document import Document
from scanner.readers.scratch import scratch_folder
from scanner.regrouping import WHOLE, Blocks, Regrouping, Share, pack
from scanner.section import Section
from scanner.shards import read_repaired, read_shard
from scanner.translation import SkippedRecord, Tally, translate_file, translate_section


@dataclass(frozen=True, slots=True)
class Read:
    """What reading a report gave: shards of a long one, or the pieces of a short one."""

    format: str
    counts: Counts
    pieces: tuple[PieceInfo, ...] = ()
    body: bytes | None = None
    """The only piece's body, where it is small: it need not be stored."""
    merged: int = 0
    shards: tuple[StoredShard, ...] = ()
    partitions: int = 0
    reason: str = ""
    """Why a long report has only one shard."""


@dataclass(frozen=True, slots=True)
class Planned:
    pieces: tuple[PieceInfo, ...]
    merged: int
    oversized: int
    merged_ratings: Ratings = field(default_factory=Ratings)


def read_report(report: Report, storage: ObjectStorage, *, uncut: bool = False) -> Read:
    """Detects the format, then translates a short report as a whole or cuts a long one into shards.

    Memory: the mapped report; for JSON, some 80 bytes per record and 300 per section; one shard, and all of them packed.
    Raises `ScannerError`, `StorageUnavailableError`.
    """
    with _local(report.key, storage) as path:
        if _is_short(report, path):
            return _translate_short(report, path, storage)
        return _cut_long(report, path, storage, uncut=uncut)


def read_short(report: Report, storage: ObjectStorage) -> Read | None:
    """The same; None, and nothing done, for a report that is not short, as a small archive may not be."""
    with _local(report.key, storage) as path:
        return _translate_short(report, path, storage) if _is_short(report, path) else None


def _is_short(report: Report, path: Path) -> bool:
    return path.stat().st_size <= report.short_bytes and not _is_archive(path)


def _translate_short(report: Report, path: Path, storage: ObjectStorage) -> Read:
    collector = _collector(report, storage)
    options = report.options
    with _naming_nobody(collector.anonymizer):
        detected = translate_file(
            path, collector, name=report.filename, scanner_type=options.scanner_type, mapping=options.mapping
        )
    grouped = regroup(collector.blocks(), report.options)
    limits = _limits(report)
    if not report.options.enable_batching:
        require_one_request(grouped.assets, limits, overhead_bytes=_OVERHEAD_BYTES)
    made = cut(grouped.assets, limits, overhead_bytes=_OVERHEAD_BYTES)
    stored = _store_bodies(report, made, storage, kept_bytes=CALL_BYTES)
    skipped = [*collector.skipped, *stored.skipped]
    set_aside: dict[Fate, Iterable[Any]] = {
        Fate.SKIPPED: skipped,
        Fate.DISMISSED: collector.dismissed,
        Fate.MERGED: grouped.told,
    }
    _store_records(report, "report", storage, set_aside)
    counts = collector.counts.without(grouped.told.ratings)
    counts.skipped = len(skipped)
    return Read(detected.slug, counts, stored.pieces, stored.body, grouped.merged)


def _cut_long(report: Report, path: Path, storage: ObjectStorage, *, uncut: bool) -> Read:
    shards: list[StoredShard] = []
    collector = _collector(report, storage)
    first: Detected | None = None
    failure: ScannerError | None = None
    total_bytes, reason = 0, ""
    usual = divide(path.stat().st_size, report.shard_bytes)
    asked = Asked(report.options.scanner_type, report.options.mapping)
    expected = partial(expect, **asked._asdict())
    limits = one_report(report.limits.unpacked_bytes)
    with (
        _naming_nobody(collector.anonymizer),
        scratch_folder() as scratch,
        closing(open_documents(path, name=report.filename, limits=limits, for_shards=not uncut, expect=expected)) as documents,
    ):
        for index, document in enumerate(documents):
            shard_bytes = len(document.data) + 1 if uncut else evenly(len(document.data), usual.shard_bytes)
            try:
                own = shard_document(document, asked, shard_bytes, scratch)
            except (UnknownFormatError, AmbiguousFormatError, MalformedReportError) as error:
                if not document.is_member:
                    raise
                failure = failure or error
                collector.skip(SkippedRecord(document.name, str(error)))
                continue
            document = own.document
            first = first or own.detected
            total_bytes += len(document.data)
            key = report.key if document.path == path else _keep_document(report, index, document, storage)
            slug, is_spare = own.detected.slug, uncut and document.is_member
            shards += [
                StoredShard(key, document.name, shard, number, slug, is_spare)
                for number, shard in enumerate(own.shards, start=len(shards))
            ]
            if len(own.shards) == 1 and len(document.data) > shard_bytes:
                reason = own.reason or "its records are one piece"
        if first is None:
            raise failure or MalformedReportError("the archive holds no files", report.filename)
    _store_records(report, "archive", storage, _set_aside(collector))
    # what may not be cut is planned in one place
    partitions = divide(total_bytes, usual.shard_bytes).partitions if report.options.enable_batching else 1
    return Read(first.slug, collector.counts, shards=tuple(shards), partitions=partitions, reason=reason)


def translate_shard(
    report: Report, stored: StoredShard, partitions: int, storage: ObjectStorage
) -> tuple[Counts, Tally, list[bytes]]:
    """Findings of one shard, divided by asset: one packed block per partition. Memory: about ten times the shard."""
    collector = _collector(report, storage)
    with _naming_nobody(collector.anonymizer):
        try:
            with stored_document(stored, storage) as source:
                tally = _translate(read_shard(stored.shard, source), collector)
                if tally.first_skipped is not None and (repaired := read_repaired(stored.shard, source)) is not None:
                    collector = collector.afresh()
                    tally = _translate(repaired, collector)
        except MalformedReportError as error:
            if not stored.is_spare:
                raise
            collector = collector.afresh()
            skipped = SkippedRecord(stored.name, str(error))
            collector.skip(skipped)
            tally = Tally(first_skipped=skipped)
    if collector.anonymizer is not None:
        tally = tally.retold(collector.anonymizer.text)
    _store_records(report, f"shard-{stored.number:06}", storage, _set_aside(collector))
    return collector.counts, tally, [pack(blocks) for blocks in collector.blocks(partitions)]


def _translate(sections: Iterable[Section], collector: Collector) -> Tally:
    tally = Tally()
    for section in sections:
        tally += translate_section(section, collector)
    return tally


@contextmanager
def _naming_nobody(anonymizer: Anonymizer | None) -> Iterator[None]:
    """What an error quotes of a report that is anonymised is so too when it leaves: it ends in a job's error and log."""
    try:
        yield
    except ScannerError as error:
        if anonymizer is None:
            raise
        raise anonymizer.error(error) from None


def plan_partition(report: Report, number: int, blocks: Blocks, storage: ObjectStorage, share: Share = WHOLE) -> Planned:
    """Joins one partition's blocks of all shards, or a share of it, and stores its request bodies.

    ``number`` is the plan's among all of the job. Memory: see `Regrouping`.
    """
    regrouping = Regrouping(blocks, report.options, _limits(report), _OVERHEAD_BYTES, share)
    stored = _store_bodies(report, regrouping.pieces(), storage, first=number * _PIECES_PER_PARTITION + 1)
    set_aside: dict[Fate, Iterable[Any]] = {Fate.SKIPPED: stored.skipped, Fate.MERGED: regrouping.told}
    _store_records(report, f"partition-{number:06}", storage, set_aside)
    return Planned(stored.pieces, regrouping.merged, len(stored.skipped), regrouping.told.ratings)


_OVERHEAD_BYTES = overhead_bytes("x" * LONGEST_NAME)
"""What of a request to Phoenix is not for assets."""
_PIECES_PER_PARTITION = 1_000_000


class _Stored(NamedTuple):
    pieces: tuple[PieceInfo, ...]
    skipped: list[SkippedRecord]
    body: bytes | None
    """The only piece's, which then is not stored."""


def _store_bodies(
    report: Report, made: Iterable[Piece | Oversized], storage: ObjectStorage, *, first: int = 1, kept_bytes: int = 0
) -> _Stored:
    """Stores bodies as they are made, but for a lone one of at most ``kept_bytes``. Memory: one, and those that are leaving."""
    pieces: list[PieceInfo] = []
    skipped: list[SkippedRecord] = []
    kept: bytes | None = None
    with BodyWriter(report.job_id, storage) as writer:
        for piece in made:
            if isinstance(piece, Oversized):
                skipped.append(SkippedRecord(piece.name, str(piece.error())))
                continue
            pieces.append(piece.info(first + len(pieces)))
            if len(pieces) == 1 and len(piece.body) <= kept_bytes:
                kept = piece.body
                continue
            if kept is not None:
                writer.store(first, kept)
                kept = None
            writer.store(pieces[-1].place, piece.body)
    return _Stored(tuple(pieces), skipped, kept)


def _limits(report: Report) -> Limits:
    options = report.options
    return Limits(options.max_batch_size, int(options.max_payload_mb * 1_000_000))


def _collector(report: Report, storage: ObjectStorage) -> Collector:
    key = storage.get(layout.anonymizer_key(report.job_id)) if report.options.anonymize else b""
    return Collector(report.options, tags=report.tags, anonymizer_key=key)


def _set_aside(collector: Collector) -> dict[Fate, Iterable[Any]]:
    return {Fate.SKIPPED: collector.skipped, Fate.DISMISSED: collector.dismissed}


def _store_records(report: Report, part: str, storage: ObjectStorage, set_aside: Mapping[Fate, Iterable[Any]]) -> None:
    """A part's records of each fate: one object each, and none where there are none."""
    for fate, records in set_aside.items():
        if lines := b"".join(msgspec.json.encode(record) + b"\n" for record in records):
            storage.put(layout.records_part(report.job_id, fate, part), lines)


def _keep_document(report: Report, index: int, document: Document, storage: ObjectStorage) -> str:
    """An unpacked or transcoded document, where every node can read ranges of it."""
    key = layout.document(report.job_id, index)
    with storage.writer(key) as writer, document.path.open("rb") as file:
        while chunk := file.read(1 << 20):
            writer.write(chunk)
        writer.commit()
    return key


def _is_archive(path: Path) -> bool:
    with path.open("rb") as file:
        return magic.is_packed(file.read(magic.HEAD_BYTES))


@contextmanager
def _local(key: str, storage: ObjectStorage) -> Iterator[Path]:
    """The object as a local file: itself where storage is a directory, else a copy for as long as it is needed."""
    if (path := storage.local_path(key)) is not None:
        yield path
        return
    with scratch_folder() as scratch:
        copy = scratch() / "report"
        storage.download(key, copy)
        yield copy
