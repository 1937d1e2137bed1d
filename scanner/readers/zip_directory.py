"""How large a ZIP's central directory is, before a library reads all of it into memory.

Source: APPNOTE.TXT, sections 4.3.14 to 4.3.16 (end of central directory record, with and without ZIP64).
"""

import struct
from typing import IO

_END = struct.Struct("<4s4H2LH")
_END_MAGIC = b"PK\x05\x06"
_END64 = struct.Struct("<4sQ2H2L4Q")
_END64_MAGIC = b"PK\x06\x06"
_LOCATOR = struct.Struct("<4sLQL")
_LOCATOR_MAGIC = b"PK\x06\x07"
_COMMENT_BYTES = 65_535
_IN_ZIP64 = 0xFFFFFFFF


def directory_bytes(file: IO[bytes]) -> int:
    """Size of the directory as the archive states it; 0 where there is none, which the library will say better.

    The position in ``file`` is the beginning again afterwards.
    """
    try:
        return _stated_size(file)
    finally:
        file.seek(0)


def _stated_size(file: IO[bytes]) -> int:
    length = file.seek(0, 2)
    tail_start = max(0, length - _END.size - _COMMENT_BYTES - _LOCATOR.size)
    file.seek(tail_start)
    tail = file.read()
    at = tail.rfind(_END_MAGIC)
    if at < 0 or len(tail) - at < _END.size:
        return 0
    size = int(_END.unpack_from(tail, at)[5])
    locator_at = at - _LOCATOR.size
    if locator_at >= 0 and tail[locator_at : locator_at + 4] == _LOCATOR_MAGIC:
        file.seek(min(int(_LOCATOR.unpack_from(tail, locator_at)[2]), length))
        record = file.read(_END64.size)
        if len(record) == _END64.size and record.startswith(_END64_MAGIC):
            return int(_END64.unpack(record)[8])
    return 0 if size == _IN_ZIP64 else size
