"""What is known of a format that is not loaded."""

import functools
from collections.abc import Sequence
from typing import Any

import msgspec

from scanner.format import Format
from scanner.shapes.rooms import shapes
from scanner.shapes.shape import Signature


class Recognised(msgspec.Struct, frozen=True):
    """A variant: the name of its shape, and its signature, which is decoded when it is asked for."""

    shape: str
    encoded: msgspec.Raw = msgspec.field(name="signature")

    @property
    def signature(self) -> Signature:
        signature: Signature = _decoder(self.shape).decode(self.encoded)
        return signature


class Entry(msgspec.Struct, frozen=True, omit_defaults=True):
    """As `Format`, with what recognises its variants."""

    slug: str
    scanner: str
    asset_type: str
    names: tuple[str, ...]
    aliases: tuple[str, ...]
    variants: tuple[Recognised, ...]
    is_exchanged: bool = False

    @classmethod
    def of(cls, format_: Format) -> "Entry":
        variants = tuple(Recognised(variant.shape, _encoded(variant.signature)) for variant in format_.variants)
        names, aliases = format_.names, format_.aliases
        return cls(
            format_.slug, format_.scanner, format_.asset_type.value, names, aliases, variants, is_exchanged=format_.is_exchanged
        )

    @property
    def all_names(self) -> tuple[str, ...]:
        return (self.slug, *self.aliases, *self.names)


def encode_entries(entries: Sequence[Entry]) -> bytes:
    """The index: one line for each format, so that a change of one is a change of one."""
    lines = b",\n".join(msgspec.json.encode(entry) for entry in entries)
    return b"[\n" + lines + b"\n]\n"


def decode_entries(index: bytes) -> tuple[Entry, ...]:
    return msgspec.json.decode(index, type=tuple[Entry, ...])


def _encoded(signature: Any) -> msgspec.Raw:
    return msgspec.Raw(msgspec.json.encode(signature, order="deterministic"))


@functools.cache
def _decoder(shape: str) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(shapes()[shape].signature)
