"""Giving way holds for all threads of a process, and is never taken back."""

import subprocess
import sys

SCRIPT = """
import os, threading
from cluster.priority import Niceness, give_way

def nicenesses():
    return {os.getpriority(os.PRIO_PROCESS, int(thread)) for thread in os.listdir("/proc/self/task")}

done = threading.Event()
thread = threading.Thread(target=done.wait)
thread.start()
give_way(Niceness.WORKING)
give_way(Niceness.CARRYING)
print(nicenesses() == {max(15, os.getpriority(os.PRIO_PROCESS, os.getppid()))})
done.set()
thread.join()
"""


def test_all_threads_of_a_process_give_way() -> None:
    said = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True).stdout
    assert said == "True\n"
