"""Reports that are read together do not wait for one for ever, in whatever code it is. In processes that may be ended."""

import signal
import subprocess
import sys

import pytest

READ = """
import hashlib, signal
from cluster import tasks

tasks._TOGETHER_SECONDS = {limit}
tasks._read = lambda report, uncut, is_alone: {read}
print(tasks._read_reports([(None, False)] * {reports}), signal.alarm(0))
"""
LEFT = "signal.alarm(60)"  # says how many seconds are left, and goes on
ENDLESS = 'hashlib.pbkdf2_hmac("sha256", b"harmless", b"salt", 2_000_000_000)'  # outside the interpreter


def reading(read: str, *, reports: int, limit: int) -> subprocess.CompletedProcess[str]:
    script = READ.format(read=read, reports=reports, limit=limit)
    return subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False)


def test_the_process_ends_that_does_not_end_reading() -> None:
    done = reading(ENDLESS, reports=2, limit=1)
    assert done.returncode == -signal.SIGALRM, done.stderr


@pytest.mark.parametrize(("reports", "said"), [(1, "[0] 0"), (2, "[40, 60] 0")])
def test_a_lone_report_may_take_its_time_and_nothing_is_left_of_the_limit(reports: int, said: str) -> None:
    assert reading(LEFT, reports=reports, limit=40).stdout.strip() == said
