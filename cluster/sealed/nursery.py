"""Forks runners: ``python -m cluster.sealed.nursery DESCRIPTOR``.

It has one thread, has loaded what runners need, and sees no report.
"""

import gc
import os
import signal
import socket
import sys
import tempfile
from contextlib import suppress

import msgspec

from cluster.heap import keep_freed_memory
from cluster.sealed import runner
from cluster.sealed.channel import ChannelClosedError
from cluster.sealed.confinement import end_with_parent
from cluster.sealed.messages import Over, Start, Started
from scanner.catalogue.formats import entries, load, signatures

MOST_BYTES = 1 << 18
"""Of a message to or from the nursery."""


def main() -> None:
    """Until the workshop has gone."""
    end_with_parent(signal.SIGKILL)
    control = socket.socket(fileno=int(sys.argv[1]))
    keep_freed_memory()
    signatures()
    gc.freeze()  # what is collected would be written to, and written to is copied
    control.send(b"ready")
    while True:
        told, ends, _, _ = socket.recv_fds(control, MOST_BYTES, 2)
        if not told:
            return
        _raise(control, msgspec.json.decode(told, type=Start), *ends)


def _raise(control: socket.socket, start: Start, end: int, shared: int) -> None:
    """Starts a runner, and tells when it is over."""
    for slug in start.formats:
        if slug in entries():
            load(slug)
    pid = os.fork()
    if pid == 0:
        control.close()
        with suppress(ChannelClosedError):
            runner.run(socket.socket(fileno=end), shared, start, tempfile.gettempdir())
        os._exit(0)
    os.close(end)
    os.close(shared)
    control.send(msgspec.json.encode(Started(pid)))
    _, status = os.waitpid(pid, 0)
    control.send(msgspec.json.encode(Over(os.waitstatus_to_exitcode(status))))


if __name__ == "__main__":
    main()
