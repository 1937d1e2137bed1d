"""The top level of a JSON object: its keys, for detection, and its envelope, in one pass where it is known what that is."""

import functools
import mmap
from collections.abc import Callable
from contextlib import suppress
from typing import Any, NamedTuple

import msgspec
from msgspec.structs import fields

from scanner.shapes.json.density import refuse_dense

_HEAD_BYTES = 65_536
_BROKEN = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
_object = msgspec.json.Decoder(dict[str, msgspec.Raw])


class Expected(NamedTuple):
    """What an object will probably be decoded into, and the keys that may be asked for besides."""

    envelope: type[msgspec.Struct]
    names: frozenset[str]


class Outline(NamedTuple):
    keys: frozenset[str]
    """All of them, or of those that may be asked for the ones that are there."""
    envelope: msgspec.Struct | None = None
    """The object as it was expected; None where nothing was, or it is something else."""


def outlined(data: "mmap.mmap | bytes", name: str, expect: Callable[[], Expected | None]) -> Outline | None:
    """About 2 GB/s; None where the document is not one object and nothing else, valid to its end.

    ``expect`` is called for objects only. Raises `LimitExceededError` for what it expects where that would be dense garbage.
    """
    if data[:_HEAD_BYTES].lstrip()[:1] != b"{":
        return None
    if (expected := expect()) is not None:
        refuse_dense(data, name)
        with suppress(*_BROKEN):
            return _as_expected(data, expected)
    try:
        return Outline(frozenset(_object.decode(data)))
    except _BROKEN:
        return None


def _as_expected(data: "mmap.mmap | bytes", expected: Expected) -> Outline:
    found = _decoder(expected).decode(data)
    written = {name: value for name in found.__struct_fields__ if (value := getattr(found, name)) is not msgspec.UNSET}
    keys = frozenset(field.encode_name for field in fields(found) if field.name in written)
    own = expected.envelope.__struct_fields__
    return Outline(keys, expected.envelope(**{name: written[name] for name in own if name in written}))


@functools.cache
def _decoder(expected: Expected) -> msgspec.json.Decoder[Any]:
    """Tells what is not there from what is ``null``; lenient as `scanner.shapes.json.reading.decoder` is."""
    own: list[tuple[str, Any, Any]] = []
    for field in fields(expected.envelope):
        default = msgspec.NODEFAULT if field.required else msgspec.UNSET
        own.append((field.name, field.type, msgspec.field(name=field.encode_name, default=default)))
    others = sorted(expected.names - {field.encode_name for field in fields(expected.envelope)})
    asked = [
        (f"asked_{number}", msgspec.Raw, msgspec.field(name=name, default=msgspec.UNSET)) for number, name in enumerate(others)
    ]
    return msgspec.json.Decoder(msgspec.defstruct("Outlined", [*own, *asked], kw_only=True), strict=False)
