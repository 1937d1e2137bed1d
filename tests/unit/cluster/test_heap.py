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
