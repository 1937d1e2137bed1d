"""What is certainly no report, told by its first bytes: refused while its sender is still there. Pure."""

from scanner.catalogue import AUTO
from scanner.readers.archives import TAR, is_tar
from scanner.readers.encodings import encoding_of
from serve_app.errors import UnreadableReportError

HEAD_BYTES = 4096
_PACKED = (b"PK\x03\x04", b"PK\x05\x06", b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"BZh", b"\xfd7zXZ", b"\xd0\xcf\x11\xe0")
"""Archives, compressed files and spreadsheets."""


def require_report(head: bytes, scanner_type: str) -> None:
    """Raises `UnreadableReportError`. An empty file is a clean report of some scanners, where its sender names one."""
    if not head:
        if scanner_type == AUTO:
            raise UnreadableReportError(
                "it is empty; for a scanner that writes nothing when it finds nothing, name scanner_type"
            )
    elif is_tar(head):
        raise UnreadableReportError(TAR)
    elif not head.startswith(_PACKED) and encoding_of(head)[0] == "binary":
        raise UnreadableReportError(
            "it is binary, and neither an archive nor compressed; send the scanner's report as a text format"
        )
