"""What is certainly no report, told by its first bytes: refused while its sender is still there. Pure."""

from scanner.catalogue import AUTO
from scanner.readers import magic
from scanner.readers.archives import TAR
from scanner.readers.encodings import encoding_of
from serve_app.errors import UnreadableReportError

HEAD_BYTES = 4096


def require_report(head: bytes, scanner_type: str) -> None:
    """Raises `UnreadableReportError`. An empty file is a clean report of some scanners, where its sender names one."""
    if not head:
        if scanner_type == AUTO:
            raise UnreadableReportError(
                "it is empty; for a scanner that writes nothing when it finds nothing, name scanner_type"
            )
    elif magic.is_tar(head):
        raise UnreadableReportError(TAR)
    elif not (magic.is_packed(head) or magic.is_office_document(head)) and encoding_of(head)[0] == "binary":
        raise UnreadableReportError(
            "it is binary, and neither an archive nor compressed; send the scanner's report as a text format"
        )
