"""Entries of the audit log as they cross the border of the store, and what their hashes cover."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime

import msgspec

BEGINNING = "0" * 64
"""What the very first entry has as the hash of the one before."""
CUT = "audit.cut"
"""The action of an entry that says up to where the log was cut off, by its retention."""
_CANONICAL = msgspec.json.Encoder(order="sorted")
_LENGTHS = {"actor": 256, "tenant": 128, "action": 64, "object": 256, "outcome": 64, "address": 64}


@dataclass(frozen=True, kw_only=True)
class NewAuditEntry:
    """Who did what to what. Texts are cut to what the log has room for; none of them may hold a secret."""

    actor: str
    """``key:3f2a…``, ``user:alice@example.com``, ``service`` (`API_KEY`), ``anybody``, ``local:root`` (the command line)."""
    tenant: str
    action: str
    object: str = ""
    """The id of a job, bulk, upload, key …"""
    outcome: str = "done"
    """``done``, or the code of the error that was answered."""
    address: str = ""
    """Of the client, see `serve_app.identity.client_address`."""

    def __post_init__(self) -> None:
        for name, length in _LENGTHS.items():
            text = getattr(self, name)
            if len(text) > length or not text.isascii() or "\0" in text:
                object.__setattr__(self, name, storable(text)[:length])


@dataclass(frozen=True, kw_only=True)
class AuditEntry(NewAuditEntry):
    """``seq`` counts from 1 without gaps; ``at`` never goes back."""

    seq: int
    at: datetime
    previous_hash: str
    hash: str

    def __post_init__(self) -> None:
        """As it is stored: a text that somebody changed has to stay what it was changed to."""


@dataclass(frozen=True)
class ChainEnd:
    """The newest entry; ``seq`` 0 before the first."""

    seq: int = 0
    hash: str = BEGINNING


def follow(new: NewAuditEntry, end: ChainEnd, at: datetime) -> AuditEntry:
    """The entry behind that end."""
    unsigned = vars(new) | {"seq": end.seq + 1, "previous_hash": end.hash}
    return AuditEntry(**unsigned, at=at, hash=_digest(unsigned | {"at": _zulu(at)}))


def hash_of(entry: AuditEntry) -> str:
    """SHA-256 over the canonical JSON (RFC 8785: keys sorted, no spaces, UTF-8) of everything but the hash itself."""
    covered = document(entry)
    del covered["hash"]
    return _digest(covered)


def document(entry: AuditEntry) -> dict[str, str | int]:
    """The entry in JSON's types, as the API gives it and its hash covers it."""
    texts: dict[str, str | int] = {name: getattr(entry, name) for name in _LENGTHS}
    return {"seq": entry.seq, "at": _zulu(entry.at), **texts, "previous_hash": entry.previous_hash, "hash": entry.hash}


def _digest(covered: dict[str, str | int]) -> str:
    return hashlib.sha256(_CANONICAL.encode(covered)).hexdigest()


def _zulu(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def line_of(entry: AuditEntry) -> bytes:
    """A line of an export."""
    return msgspec.json.encode(document(entry)) + b"\n"


def read_line(line: bytes) -> AuditEntry:
    """The other way. Raises `ValueError` for what is no entry."""
    try:
        return msgspec.json.decode(line, type=AuditEntry)
    except msgspec.MsgspecError as error:
        raise ValueError(f"not an entry of the audit log: {error}") from error


def storable(text: str) -> str:
    """The text as it is stored: what no database takes (NUL, lone surrogates) is replaced before it is hashed."""
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode()
