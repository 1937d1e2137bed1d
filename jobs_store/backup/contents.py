"""What a backup holds."""

import datetime
from collections.abc import Mapping
from typing import Any

import msgspec
from sqlalchemy import Table

from jobs_store.columns import Instant
from jobs_store.tables import metadata

VERSION = 1
MANIFEST, END, TABLES, OBJECTS = "manifest.json", "end.json", "tables/", "objects/"
_LEFT_OUT = {"sessions", "tenant_versions"}
"""Whoever was signed in signs in again; versions are counted anew."""
KEPT: tuple[Table, ...] = tuple(table for table in metadata.sorted_tables if table.name not in _LEFT_OUT)
"""In an order in which rows find those that they refer to."""

KNOWN_WORD = "phoenix-scanner"
_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(dict[str, Any])


class Manifest(msgspec.Struct, frozen=True):
    version: int
    revision: str
    """Of the database's schema."""
    made_at: datetime.datetime
    sealed: str
    """A word that everybody knows, encrypted as secrets in the database are."""


class Counts(msgspec.Struct, frozen=True):
    """Also what the end of a backup says: a file that lacks it, or differs from it, is not whole."""

    rows: dict[str, int]
    objects: int
    missing: int = 0
    """Objects that were removed while the backup was made, by retention or with their job."""


def line_of(row: Mapping[str, Any]) -> bytes:
    return _encoder.encode(row) + b"\n"


def row_of(table: Table, line: bytes) -> dict[str, Any]:
    """Raises DecodeError, KeyError for a column that there is not."""
    row = _decoder.decode(line)
    for name, value in row.items():
        if value is not None and isinstance(table.c[name].type, Instant):
            row[name] = datetime.datetime.fromisoformat(value)
    return row
