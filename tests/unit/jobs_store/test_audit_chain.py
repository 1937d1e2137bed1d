"""What a chain of entries shows of whoever laid hands on it. No database."""

import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from jobs_store.audit import AuditEntry, Chain, ChainEnd, Flaw, NewAuditEntry
from jobs_store.audit.chain import place, placed
from jobs_store.audit.records import CUT, document, follow, hash_of, line_of, read_line

BEGAN = datetime(2026, 11, 30, 12, tzinfo=UTC)


def written(news: Iterable[NewAuditEntry], end: ChainEnd | None = None) -> list[AuditEntry]:
    end, entries = end or ChainEnd(), []
    for number, new in enumerate(news):
        entries.append(follow(new, end, BEGAN + timedelta(seconds=number)))
        end = ChainEnd(entries[-1].seq, entries[-1].hash)
    return entries


def ten() -> list[AuditEntry]:
    return written(NewAuditEntry(actor="key:1", tenant="red", action="job.cancel", object=f"job-{n}") for n in range(10))


def flaw_of(entries: Iterable[AuditEntry], end: ChainEnd | None = None, known: ChainEnd | None = None) -> Flaw | None:
    chain = Chain(known=known)
    for entry in entries:
        if flaw := chain.take(entry):
            return flaw
    return chain.finish(end)


def end_of(entries: list[AuditEntry]) -> ChainEnd:
    return ChainEnd(entries[-1].seq, entries[-1].hash)


def test_a_log_that_nobody_touched_fits() -> None:
    assert flaw_of(ten(), end_of(ten())) is None
    assert flaw_of([], ChainEnd()) is None


def test_a_hash_is_what_anybody_can_compute_from_an_export() -> None:
    (entry,) = written([NewAuditEntry(actor="user:zoë@example.com", tenant="red", action="upload", object='a"b\\c\n\x01/')])
    exported = document(entry)
    signed = exported.pop("hash")
    canonical = json.dumps(exported, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert hashlib.sha256(canonical.encode()).hexdigest() == signed
    assert read_line(line_of(entry)) == entry
    assert json.loads(line_of(entry)) == document(entry)


@pytest.mark.parametrize(
    "change",
    [
        lambda entry: replace(entry, actor="key:2"),
        lambda entry: replace(entry, tenant="blue"),
        lambda entry: replace(entry, action="job.retry"),
        lambda entry: replace(entry, object="job-x"),
        lambda entry: replace(entry, outcome="job_not_found"),
        lambda entry: replace(entry, address="192.0.2.1"),
        lambda entry: replace(entry, at=entry.at + timedelta(microseconds=1)),
    ],
)
def test_whatever_is_changed_shows(change: Callable[[AuditEntry], AuditEntry]) -> None:
    entries = ten()
    entries[4] = change(entries[4])
    flaw = flaw_of(entries)
    assert flaw is not None
    assert (flaw.seq, "was changed" in str(flaw)) == (5, True)


def test_a_change_with_a_hash_that_fits_it_shows_in_the_next() -> None:
    entries = ten()
    forged = replace(entries[4], actor="key:2")
    entries[4] = replace(forged, hash=hash_of(forged))
    flaw = flaw_of(entries)
    assert flaw is not None
    assert (flaw.seq, "does not follow" in str(flaw)) == (6, True)


@pytest.mark.parametrize(("without", "seq"), [({0}, 1), ({0, 1, 2}, 3), ({4}, 5), ({4, 5, 6}, 5), ({9}, 10), ({7, 8, 9}, 8)])
def test_what_is_missing_shows(without: set[int], seq: int) -> None:
    entries = ten()
    flaw = flaw_of([entry for number, entry in enumerate(entries) if number not in without], end_of(entries))
    assert flaw is not None
    assert (flaw.seq, "missing" in str(flaw)) == (seq, True)


def test_a_log_that_is_written_anew_shows_to_who_has_noted_an_entry() -> None:
    noted = end_of(ten()[:6])
    anew = written(NewAuditEntry(actor="key:1", tenant="red", action="job.cancel", object="nothing") for _ in range(10))
    assert flaw_of(anew, end_of(anew)) is None
    flaw = flaw_of(anew, end_of(anew), known=noted)
    assert flaw is not None
    assert flaw.seq == 6
    assert flaw_of(ten(), known=noted) is None
    shorter = flaw_of(ten()[:3], known=noted)
    assert shorter is not None
    assert shorter.seq == 4


def test_what_retention_cut_off_is_not_missed() -> None:
    entries = ten()
    cut = NewAuditEntry(actor="service", tenant="", action=CUT, object=place(end_of(entries[:4])))
    entries += written([cut], end_of(entries))
    assert flaw_of(entries[4:], end_of(entries)) is None
    assert flaw_of(entries, end_of(entries)) is None
    assert flaw_of(entries[6:], end_of(entries), known=end_of(entries[:6])) is None  # from there on, as somebody noted
    other = flaw_of(entries[5:], end_of(entries))
    assert other is not None
    assert other.seq == 5


def test_what_no_database_takes_is_replaced_before_it_is_hashed() -> None:
    new = NewAuditEntry(actor="a\0b\ud800", tenant="red", action="upload", object="x" * 1000)
    assert (new.actor, len(new.object)) == ("a\ufffdb?", 256)


@pytest.mark.parametrize("text", ["", "5", "x:" + "0" * 64, "5:abc", "9" * 19 + ":" + "0" * 64])
def test_a_place_is_a_number_and_a_hash(text: str) -> None:
    with pytest.raises(ValueError, match="SEQ:HASH"):
        placed(text)
    assert placed(place(ChainEnd(5, "f" * 64))) == ChainEnd(5, "f" * 64)


@pytest.mark.parametrize("change", [{"seq": "1"}, {"at": "yesterday"}, {"actor": None}, {"hash": 5}])
def test_what_is_no_entry_is_refused(change: dict[str, object]) -> None:
    (entry,) = written([NewAuditEntry(actor="key:1", tenant="red", action="upload")])
    for line in (b"", b"[]", b"{}", json.dumps(document(entry) | change).encode()):
        with pytest.raises(ValueError, match="not an entry"):
            read_line(line)
