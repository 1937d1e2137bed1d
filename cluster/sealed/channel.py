"""Messages between two processes over a socket: each a short text, and bytes behind it that need no copy."""

import os
import socket
import struct
import time
from collections.abc import Iterable
from dataclasses import dataclass, field

_HEAD = struct.Struct("<IQ")
_MOST_MESSAGE_BYTES = 256 << 20
"""Of the shards of a report of 10 GB, the largest message, it is a tenth."""
_MOST_PAYLOAD_BYTES = 16 << 30


class ChannelClosedError(Exception):
    """The other side has ended, or says what makes no sense."""


@dataclass
class Patience:
    """Seconds that may be spent waiting for the other side, in all; more raises TimeoutError. None has no end."""

    left: float | None = None
    _since: float = field(default=0.0, repr=False)

    def __enter__(self) -> float | None:
        self._since = time.monotonic()
        if self.left is not None and self.left <= 0:
            raise TimeoutError
        return self.left

    def __exit__(self, *_: object) -> None:
        if self.left is not None:
            self.left -= time.monotonic() - self._since


class Channel:
    """One end. Not for several threads at once."""

    def __init__(self, end: socket.socket) -> None:
        self._end = end

    def send(self, message: bytes, *parts: bytes | memoryview, patience: Patience) -> None:
        """Raises `ChannelClosedError`, TimeoutError."""
        sizes = sum(memoryview(part).nbytes for part in parts)
        for piece in (_HEAD.pack(len(message), sizes) + message, *parts):
            with patience as seconds:
                self._end.settimeout(seconds)
                try:
                    self._end.sendall(piece)
                except TimeoutError:
                    raise
                except OSError as error:
                    raise ChannelClosedError from error

    def receive(self, *, patience: Patience) -> tuple[bytes, bytearray]:
        """Raises `ChannelClosedError`, TimeoutError."""
        message_bytes, payload_bytes = _HEAD.unpack(self._exactly(_HEAD.size, patience))
        if message_bytes > _MOST_MESSAGE_BYTES or payload_bytes > _MOST_PAYLOAD_BYTES:
            raise ChannelClosedError
        return bytes(self._exactly(message_bytes, patience)), self._exactly(payload_bytes, patience)

    def close(self) -> None:
        self._end.close()

    def _exactly(self, size: int, patience: Patience) -> bytearray:
        found = bytearray(size)
        rest = memoryview(found)
        while rest:
            with patience as seconds:
                self._end.settimeout(seconds)
                try:
                    got = self._end.recv_into(rest)
                except TimeoutError:
                    raise
                except OSError as error:
                    raise ChannelClosedError from error
            if not got:
                raise ChannelClosedError
            rest = rest[got:]
        return found


def write_shared(descriptor: int, parts: Iterable[bytes | memoryview]) -> tuple[int, ...]:
    """Puts them one after the other into memory that both sides have: sent, each would be copied twice. Gives their sizes."""
    sizes = []
    offset = 0
    for part in parts:
        rest = memoryview(part).cast("B")
        sizes.append(rest.nbytes)
        while rest:
            done = os.pwrite(descriptor, rest, offset)
            offset, rest = offset + done, rest[done:]
    return tuple(sizes)
