"""Fuzzes detection, archives and every shape for minutes: ``make fuzz MINUTES=10``. The suite has a bounded part of it.

Whatever is done to a report, reading it gives a value or one of the documented errors, in a time that grows with its size alone
and in memory that does not grow from report to report. What breaks one of these is told with the seed that makes it again.
"""

import argparse
import gc
import gzip
import io
import random
import sys
import tempfile
import time
import traceback
import zipfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import psutil
import zstandard
from sample_reports import WHOLE, Sample
from test_fuzz import INSERTED, mutated, translate

_SLOW_SECONDS = 0.5
"""What takes so long is read again at twice the size."""
_LINEAR = 3.0
"""Most times as long at twice the size; 2 would be it exactly, small sizes have costs of their own."""
_GROWTH_MB = 200
_NESTING = (b'{"a":', b"[", b"<a>", b"<a b='", b'{"a":[', b'"', b"\n- ", b"  a:\n", b",,", b"\x50\x4b\x03\x04")

Made = Callable[[bytes, random.Random, int], bytes]
"""From a sample, with a size: the same chance and twice the size give twice as much of what is odd."""


def changed(content: bytes, chance: random.Random, _: int) -> bytes:
    return mutated(content, chance) if content else b""


def repeated(content: bytes, chance: random.Random, size: int) -> bytes:
    """One place of it, or a token that means something to a reader, many times."""
    start = chance.randrange(len(content) + 1)
    part = chance.choice((content[start : start + chance.randint(1, 200)], chance.choice(INSERTED), chance.choice(_NESTING)))
    return content[:start] + part * size + content[start:]


def nested(content: bytes, chance: random.Random, size: int) -> bytes:
    start, opened = chance.randrange(len(content) + 1), chance.choice(_NESTING)
    closed = {b"[": b"]", b'{"a":': b"}", b"<a>": b"</a>", b'{"a":[': b"]}"}.get(opened, b"")
    return content[:start] + opened * size + b"1" + closed * size + content[start:]


def long_text(content: bytes, chance: random.Random, size: int) -> bytes:
    start = chance.randrange(len(content) + 1)
    return content[:start] + bytes([chance.randrange(32, 127)]) * (20 * size) + content[start:]


MAKERS: tuple[Made, ...] = (changed, changed, repeated, nested, long_text)


def packed(content: bytes, chance: random.Random) -> bytes:
    """Mostly as it is."""
    kind = chance.randrange(10)
    if kind == 0:
        content = gzip.compress(content, 1)
    elif kind == 1:
        content = zstandard.compress(content, 1)
    elif kind == 2:
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            for number in range(chance.randint(1, 4)):
                archive.writestr(f"{number}.json", content)
        content = buffer.getvalue()
    return mutated(content, chance) if kind <= 2 and content and chance.random() < 0.5 else content


class Fuzzing:
    def __init__(self, seed: int, folder: Path) -> None:
        self.seed, self._path = seed, folder / "report"
        self.reports = self.read_bytes = 0
        self.faults: list[str] = []
        self.by_maker: Counter[str] = Counter()

    def run(self, seconds: float) -> None:
        until, told = time.monotonic() + seconds, time.monotonic()
        while time.monotonic() < until:
            self.one(self.reports)
            self.reports += 1
            if time.monotonic() - told > 10:
                told = time.monotonic()
                print(f"{self.reports:,} reports, {len(self.faults)} faults, {until - told:,.0f} s left", file=sys.stderr)

    def one(self, number: int) -> None:
        chance = random.Random(f"{self.seed}:{number}")
        sample, maker = chance.choice(WHOLE), chance.choice(MAKERS)
        size = int(10 ** chance.uniform(0, 4))
        state = chance.getstate()
        name = f"{sample} {maker.__name__} x{size} (seed {self.seed}, report {number})"
        self.by_maker[maker.__name__] += 1
        took, read = self._read(sample, maker, chance, size, name)
        self.read_bytes += read
        if took > _SLOW_SECONDS and maker is not changed:
            chance.setstate(state)
            twice, read_twice = self._read(sample, maker, chance, 2 * size, name)
            if read_twice > 1.5 * read and twice > _LINEAR * took:
                self.faults.append(f"{name}: {took:.1f} s for {read:,} bytes, {twice:.1f} s for {read_twice:,}")

    def _read(self, sample: Sample, maker: Made, chance: random.Random, size: int, name: str) -> tuple[float, int]:
        """Processor seconds and bytes."""
        content = packed(maker(sample.path.read_bytes(), chance, size), chance)
        started = time.process_time()
        try:
            translate(self._path, content, sample.slug)
        except Exception:  # noqa: BLE001 - what the fuzzing looks for
            self.faults.append(f"{name}: {traceback.format_exc(limit=-4)}")
        return time.process_time() - started, len(content)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    parser.add_argument("--report", type=int, help="only the report of this number, of that seed")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        fuzzing = Fuzzing(given.seed, Path(folder))
        if given.report is not None:
            fuzzing.one(given.report)
        else:
            fuzzing.run(given.minutes * 20)  # a third: all formats are loaded, all caches full
            before = _memory_mb()
            fuzzing.run(given.minutes * 40)
            grown = _memory_mb() - before
            print(f"memory {before:,.0f} MB after a third, {grown:+,.0f} MB at the end")
            if grown > _GROWTH_MB:
                fuzzing.faults.append(f"memory grew by {grown:,.0f} MB")
    made = ", ".join(f"{count:,} {name}" for name, count in fuzzing.by_maker.items())
    print(f"seed {given.seed}: {fuzzing.reports:,} reports, {fuzzing.read_bytes / 1e6:,.0f} MB ({made})")
    for fault in fuzzing.faults:
        print(fault)
    sys.exit(bool(fuzzing.faults))


def _memory_mb() -> float:
    gc.collect()
    return psutil.Process().memory_info().rss / 1e6


if __name__ == "__main__":
    main()
