"""How much of a finding the sandbox remembers."""

from enum import StrEnum

import msgspec


class Keep(StrEnum):
    """How much of a finding stays in memory: about 150 bytes for each one's place, and on top of it …"""

    COUNTS = "counts"
    """… nothing"""
    IDENTITIES = "identities"
    """… its name, location and reference ids"""
    ALL = "all"
    """… all of its JSON, as it came"""


class Identity(msgspec.Struct, rename="camel", omit_defaults=True, gc=False):
    """What Phoenix tells findings of an asset apart by."""

    name: str
    location: str = ""
    reference_ids: list[str] = []


def kept(keep: Keep, content: bytes) -> bytes:
    """The JSON to hold on to, of an accepted finding's JSON."""
    match keep:
        case Keep.ALL:
            return content
        case Keep.IDENTITIES:
            return msgspec.json.encode(msgspec.json.decode(content, type=Identity))
        case Keep.COUNTS:
            return b"{}"
