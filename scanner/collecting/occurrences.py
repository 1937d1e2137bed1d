"""Findings at many places: what their occurrences share is repaired and encoded once."""

import secrets

import msgspec
from msgspec.structs import replace

from scanner.collecting.findings import Preparation
from scanner.fixing import Fixer
from scanner.model import Finding, Occurrence
from scanner.normalize import passing
from scanner.normalize.severity import is_rated

_encode = msgspec.json.Encoder().encode
_HOLE = secrets.token_hex(16)
"""Stands where an occurrence has its own; no report can hold it."""
_EVIDENCE = b',"evidence":'
_MOST_KNOWN = 4096
"""Most findings that are kept in encoded form for their next occurrences."""


class Shared(msgspec.Struct, gc=False):
    """What occurrences of a finding share, once it is repaired and encoded."""

    finding: Finding
    """As long as it is here, no other is known by its identity."""
    before: bytes
    """All in front of the location."""
    between: bytes
    """All behind it, up to the shared details."""
    after: bytes
    """From the end of the details on."""
    name: str
    """What identifies them in front of the location."""
    known_as: str
    """And behind it."""
    repairs: list[str]

    def encoded(self, occurrence: Occurrence) -> bytes:
        facts, evidence = occurrence.facts, occurrence.evidence
        between = b"%b,%b" % (self.between, facts) if facts else self.between
        if evidence:
            return b"".join((self.before, _encode(occurrence.location), between, _EVIDENCE, _encode(evidence), self.after))
        return b"".join((self.before, _encode(occurrence.location), between, self.after))

    def identity(self, occurrence: Occurrence) -> str:
        return f"{self.name}{occurrence.location}{self.known_as}"


class Sharing:
    """What is known of findings, by their own identity as objects."""

    def __init__(self, preparation: Preparation, *, fix_data: bool) -> None:
        self._preparation, self._fix_data = preparation, fix_data
        self._known: dict[int, Shared] = {}

    def of(self, finding: Finding) -> Shared | None:
        """What all its occurrences have in common; None where each has to be looked at."""
        return self._known.get(id(finding)) or self._share(finding)

    def _share(self, finding: Finding) -> Shared | None:
        details = passing.members(finding.details)
        if not details or not is_rated(finding.severity):
            return None
        if len(self._known) == _MOST_KNOWN:
            self._known.clear()
        fixer = Fixer(enabled=self._fix_data)
        prepared = replace(finding, location=_HOLE, details=_HOLE)
        known_as = self._preparation.prepare(prepared, fixer)
        before, between, after = _encode(prepared).split(_encode(_HOLE))
        between, after = b"%b{%b" % (between, details), b"}" + after
        shared = Shared(finding, before, between, after, f"{prepared.name}\0", f"\0{known_as}", [*fixer.repairs])
        self._known[id(finding)] = shared
        return shared
