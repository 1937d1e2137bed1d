"""``python tests/faults/killing.py [SECONDS]``: workers are killed all the time while reports of five formats are imported.

Phoenix has a bad day meanwhile. Each round sends a report of each format and compares what arrived with what was in it: the
command ends with 0 only if every job completed and no finding is missing, doubled or wrong. Not a part of the suite: it takes
two minutes, and what it kills is left to chance.
"""

import os
import random
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

from benchmarks.reports.contents import Contents
from benchmarks.reports.kind import write_report
from benchmarks.reports.kinds import KINDS
from benchmarks.service import Service
from demo.arrived import arrived
from demo.comparison import differences
from demo.service import running_service
from demo.submission import submit
from scanner.phoenix.sandbox.faults import Faults
from scanner.phoenix.sandbox.server import SandboxServer

SECONDS = 120.0
BETWEEN_KILLS_SECONDS = 4.0
BAD_DAY = Faults(
    rate_429=0.1,
    retry_after_seconds=0,
    rate_503=0.05,
    rate_broken=0.03,
    rate_failed_polls=0.1,
    rate_lost_answers=0.05,
    latency_seconds=0.03,
    import_seconds=0.2,
)
REPORTS = {
    "nessus": ("nessus", 12_000, 200),
    "trivy": ("json", 3_000, 1),
    "sarif": ("sarif", 600, 6),
    "nuclei": ("jsonl", 4_000, 50),
    "qualys-csv": ("csv", 3_000, 40),
}
"""By kind, the suffix of the file, findings and assets."""
VICTIMS = ("translate", "read", "plan", "Importer", "JobCoordinator", "Dispatcher", "PhoenixTenants", "Backstage", "IDLE")
"""In titles of Ray's processes. Not the API's: an upload that its process dies under has failed, and its sender is told so."""


class Killer(threading.Thread):
    """Ends a process of the service, chosen by chance, every few seconds until it is stopped."""

    def __init__(self, service: Service) -> None:
        super().__init__()
        self._service, self._stopped, self._draw = service, threading.Event(), random.Random(1)
        self.killed: Counter[str] = Counter()

    def run(self) -> None:
        while not self._stopped.wait(BETWEEN_KILLS_SECONDS):
            titles = {pid: title(pid) for pid in sorted(self._service.pids())}
            victims = [
                pid for pid, text in titles.items() if text.startswith("ray::") and any(name in text for name in VICTIMS)
            ]
            if victims:
                self._kill(victim := self._draw.choice(victims), titles[victim])

    def stop(self) -> None:
        self._stopped.set()
        self.join()

    def _kill(self, pid: int, text: str) -> None:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            return  # it has ended by itself
        self.killed[text.split()[0]] += 1


def title(pid: int) -> str:
    """Empty for a process that is gone."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().partition(b"\0")[0].decode(errors="replace")
    except OSError:
        return ""


def write_round(folder: Path, number: int) -> dict[str, Contents]:
    """A report of each kind, no two alike."""
    return {
        f"{kind}-{number}.{suffix}": write_report(
            KINDS[kind],
            folder / f"{kind}-{number}.{suffix}",
            findings=findings,
            assets=assets,
            seed=number * len(REPORTS) + place,
        )
        for place, (kind, (suffix, findings, assets)) in enumerate(REPORTS.items())
    }


def send_round(folder: Path, number: int, service: Service, sandbox: SandboxServer) -> tuple[int, list[str]]:
    """How many findings were compared, and what is wrong with them."""
    told = write_round(folder, number)
    problems = []
    for job in submit(folder, told, service):
        if job.status != "completed" or job.assessment_name is None:
            problems.append(f"{job.file}: {job.status} {job.error_message}")
        else:
            problems += [f"{job.file}: {wrong}" for wrong in differences(told[job.file], arrived(sandbox, job.assessment_name))]
    return sum(contents.findings for contents in told.values()), problems


def main(seconds: float) -> int:
    problems: list[str] = []
    rounds = findings = 0
    with tempfile.TemporaryDirectory(prefix="killing-") as name, SandboxServer() as sandbox:
        sandbox.faults = BAD_DAY
        folder = Path(name)
        with running_service(folder / "data", sandbox) as service:
            killer = Killer(service)
            killer.start()
            try:
                until = time.monotonic() + seconds
                while time.monotonic() < until:
                    compared, wrong = send_round(folder, rounds, service, sandbox)
                    rounds, findings, problems = rounds + 1, findings + compared, problems + wrong
            finally:
                killer.stop()
    kills = killer.killed.total()
    print(f"{rounds * len(REPORTS)} reports, {findings:,} findings, {kills} processes killed, {len(problems)} problems")
    for text, times in killer.killed.most_common():
        print(f"  {times:3} × {text}")
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]) if len(sys.argv) > 1 else SECONDS))
