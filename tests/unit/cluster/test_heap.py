"""What a task has freed is there for the next one."""

import subprocess
import sys

SCRIPT = """
import resource
from cluster.heap import keep_freed_memory

def faults():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    buffers = [b"x" * (16 << 20) for _ in range(4)]
    del buffers
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

keep_freed_memory()
print(faults(), faults(), faults())
"""


def test_pages_are_asked_for_once() -> None:
    said = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True).stdout
    first, *further = map(int, said.split())
    assert max(further) < first / 10


BODIES = """
import concurrent.futures, json, sys, threading
from cluster.heap import give_back_freed_memory
from scanner.batching.splitting import split
from scanner.model import ImportType

def resident():
    return int(open("/proc/self/statm").read().split()[1]) * 4096

def body(number):
    finding = b'{"name":"' + b"n" * 900 + b'"}'
    return b'[{"attributes":{"ip":"10.0.0.1"},"findings":[' + b",".join([finding] * 20_000) + b"]}]"

def send(number):
    halves = split(body(number), ImportType.MERGE)
    return [json.dumps({"small": number})] if [half.assets + b"x" for half in halves] else []

if sys.argv[1] == "back":
    give_back_freed_memory()
before = resident()
with concurrent.futures.ThreadPoolExecutor(4) as threads:
    kept = list(threads.map(send, range(12)))
print(resident() - before)
"""


def grown(how: str) -> int:
    """Bytes that a process has more when twelve bodies of 20 MB have been split, four at a time, and are gone."""
    return int(subprocess.run([sys.executable, "-c", BODIES, how], capture_output=True, text=True, check=True).stdout)


def test_large_bodies_are_given_back() -> None:
    assert grown("back") < 15_000_000
