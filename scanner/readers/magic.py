"""The first bytes of archives, compressed files and spreadsheets: the only place that knows them.

Sources: APPNOTE.TXT 4.3.7 and 4.3.16 (ZIP); RFC 1952 (gzip); RFC 8878 (Zstandard); the formats' own descriptions (bzip2, xz,
[MS-CFB]); POSIX pax and GNU tar.
"""

ZIP = (b"PK\x03\x04", b"PK\x05\x06")
"""A member's header, or the end of an empty archive."""
GZIP = b"\x1f\x8b"
ZSTANDARD = b"\x28\xb5\x2f\xfd"
BZIP2 = b"BZh"
XZ = b"\xfd7zXZ"
OLE = b"\xd0\xcf\x11\xe0"
"""Documents of Microsoft Office before 2007, spreadsheets among them."""
_PACKED = (*ZIP, GZIP, ZSTANDARD, BZIP2, XZ)
_TAR_AT, _TAR = 257, (b"ustar\0", b"ustar  \0")

HEAD_BYTES = 512
"""As much of a file as these questions need."""


def is_zip(head: bytes) -> bool:
    return head.startswith(ZIP)


def is_packed(head: bytes) -> bool:
    """An archive or a compressed file, whether we can unpack it or not; for a tar see `is_tar`."""
    return head.startswith(_PACKED)


def is_office_document(head: bytes) -> bool:
    return head.startswith(OLE)


def is_tar(head: bytes) -> bool:
    """By its first 512 bytes: as POSIX has it, and as GNU does."""
    return head[_TAR_AT:].startswith(_TAR)
