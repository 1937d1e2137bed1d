"""Whether entries are the ones that were written, all of them, in their order. Pure: it is told the entries one by one."""

from dataclasses import dataclass

from jobs_store.audit.records import BEGINNING, CUT, AuditEntry, ChainEnd, hash_of


@dataclass(frozen=True)
class Flaw:
    """The first entry that does not fit, and why not."""

    seq: int
    reason: str

    def __str__(self) -> str:
        return f"entry {self.seq} {self.reason}"


class Chain:
    """Follows a log from its first entry to its last. Memory: one entry.

    A log that does not begin with entry 1 must hold the entry by which its retention said so: it names the last one that was
    cut off, with its hash, and so anchors what is left.
    """

    def __init__(self, *, known: ChainEnd | None = None) -> None:
        """``known`` is an entry that somebody noted elsewhere: it must be among them or right before, unless it has
        been cut off."""
        self._known = known
        self._anchor: ChainEnd | None = None
        self._anchored = False
        self.end = ChainEnd()
        self.count = 0

    def take(self, entry: AuditEntry) -> Flaw | None:
        """The next entry; the flaw that it shows ends the following."""
        if self.count == 0:
            self._begin(entry)
        elif entry.seq != self.end.seq + 1:
            return Flaw(self.end.seq + 1, f"is missing: entry {entry.seq} follows on {self.end.seq}")
        elif entry.previous_hash != self.end.hash:
            return Flaw(entry.seq, "does not follow on the one before: its previous_hash is another")
        if hash_of(entry) != entry.hash:
            return Flaw(entry.seq, "was changed: its hash is that of something else")
        if self._known is not None and entry.seq == self._known.seq and entry.hash != self._known.hash:
            return Flaw(entry.seq, "is not the one that was noted: the log was written anew")
        if self._anchor is not None and entry.action == CUT and entry.object == place(self._anchor):
            self._anchored = True
        self.end = ChainEnd(entry.seq, entry.hash)
        self.count += 1
        return None

    def finish(self, end: ChainEnd | None = None) -> Flaw | None:
        """After the last; ``end`` is where the log should reach to, at least."""
        if self._anchor is not None and not self._anchored:
            return Flaw(self._anchor.seq, "and all before it are missing, and no entry says that they were cut off")
        for wanted, told in ((end, "the log has been longer"), (self._known, "it was noted once")):
            if wanted is not None and wanted.seq > self.end.seq:
                return Flaw(self.end.seq + 1, f"is missing: {told}, up to entry {wanted.seq}")
        return None

    def _begin(self, entry: AuditEntry) -> None:
        before = ChainEnd(entry.seq - 1, entry.previous_hash)
        self._anchor = None if before in (ChainEnd(0, BEGINNING), self._known) else before


def place(end: ChainEnd) -> str:
    """As an entry of the retention names the last that was cut off, and as a person notes it."""
    return f"{end.seq}:{end.hash}"


def placed(text: str) -> ChainEnd:
    """The other way. Raises `ValueError`."""
    seq, colon, digest = text.partition(":")
    if not (colon and seq.isascii() and seq.isdecimal() and len(seq) < 19 and len(digest) == len(BEGINNING)):
        raise ValueError("write it as SEQ:HASH")
    return ChainEnd(int(seq), digest)
