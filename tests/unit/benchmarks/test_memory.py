import os
import subprocess
import sys

from benchmarks.memory import MemoryWatch, PeakOf, memory_of

_MEGABYTE = 1_000_000
_GROWS = "import sys; print('small', flush=True); input(); kept = bytearray(50_000_000); print('large', flush=True); input()"


def test_a_watch_sees_which_process_grew_and_how_far():
    with subprocess.Popen(
        [sys.executable, "-c", _GROWS], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdout.readline()
        with MemoryWatch(lambda: [os.getpid(), process.pid]) as watch:
            process.stdin.write("\n")
            process.stdout.readline()
            watch._sample()
        process.stdin.write("\n")
    name, grown = watch.most_grown
    assert "python" in name
    assert 45 * _MEGABYTE < grown < 80 * _MEGABYTE
    assert watch.peak_private_bytes > grown


def test_a_process_that_ends_is_no_error():
    with MemoryWatch(lambda: [os.getpid(), 2**22 + 1]) as watch:
        pass
    assert watch.largest[1] > 0


def test_a_peak_is_told_once():
    with PeakOf(os.getpid()) as peak:
        before = peak.take()
        held = bytearray(40 * _MEGABYTE)
        with_it = peak.take()
        del held
        peak.take()
        after = peak.take()
    assert with_it > before + 35 * _MEGABYTE
    assert after < with_it - 35 * _MEGABYTE
    assert memory_of(os.getpid()).private_bytes > 0
