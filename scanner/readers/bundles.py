"""Archives whose members are one report together: they are read as one XML document, which says all that the report says.

Fortify's project archives (FPR) hold what was found in one member, and what became of it in another.
"""

import re
import zipfile
from collections.abc import Callable, Iterator

MemberChunks = Callable[[zipfile.ZipInfo], Iterator[bytes]]

_BUNDLES = {"FPR": ("audit.fvdl", "audit.xml")}
"""Root of the document → its members; the first has to be there, the others may be."""
_DECLARATION = re.compile(rb"\A(?:\xef\xbb\xbf)?\s*<\?xml\b[^>]{0,500}\?>")


def bundled(members: list[zipfile.ZipInfo]) -> tuple[str, list[zipfile.ZipInfo]] | None:
    """The root of the document that the members of an archive are, and those that it is made of; None for other archives."""
    by_name = {member.filename: member for member in members}
    for root, names in _BUNDLES.items():
        if names[0] in by_name:
            return root, [by_name[name] for name in names if name in by_name]
    return None


def document(root: str, members: list[zipfile.ZipInfo], chunks_of: MemberChunks) -> Iterator[bytes]:
    """The document, in chunks."""
    yield f'<?xml version="1.0" encoding="UTF-8"?>\n<{root}>\n'.encode()
    for member in members:
        is_first = True
        for chunk in chunks_of(member):
            yield _DECLARATION.sub(b"", chunk) if is_first else chunk
            is_first = False
        yield b"\n"
    yield f"</{root}>\n".encode()
