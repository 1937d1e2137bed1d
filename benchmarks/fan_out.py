"""``python -m benchmarks.fan_out REPORT FOLDER WORKERS``: seconds from a report to its stored bodies on a Ray of so many CPUs.

Everything that a job does before it imports, by the job machine and the task gateway of the service. A process of its own,
because a process can be connected to one Ray only.
"""

import asyncio
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import msgspec

from benchmarks.by_hand import report_of
from benchmarks.errors import CommandFailedError, JobNotCompletedError
from cluster import machine
from cluster.report import Report
from cluster.resources import IN_FLIGHT_PER_CPU


class FanOut(msgspec.Struct, frozen=True):
    """Seconds of each phase, worker processes being warm."""

    read: float
    translate: float
    plan: float

    @property
    def seconds(self) -> float:
        return self.read + self.translate + self.plan


def fan_out(report: Path, folder: Path, *, workers: int) -> FanOut:
    """In another process, with a Ray of its own. Raises `CommandFailedError`."""
    command = [sys.executable, "-m", "benchmarks.fan_out", str(report), str(folder), str(workers)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise CommandFailedError("benchmarks.fan_out", done.returncode, done.stderr)
    return msgspec.json.decode(done.stdout.splitlines()[-1], type=FanOut)


def _measure(report: Report, workers: int) -> FanOut:
    with tempfile.TemporaryDirectory(prefix="phoenix-") as scratch:  # short: paths of sockets may have 107 characters
        import ray  # not in the process that only asks

        ray.init(
            address="local",
            num_cpus=workers,
            include_dashboard=False,
            log_to_driver=False,
            configure_logging=False,
            _node_ip_address="127.0.0.1",
            _temp_dir=scratch,
        )
        try:
            return asyncio.run(_scan(report, workers))
        finally:
            ray.shutdown()


async def _scan(report: Report, workers: int) -> FanOut:
    from cluster import tasks  # they are Ray's from their import on
    from cluster.gateway import TaskGateway
    from cluster.report_reader import ReportReader

    await asyncio.gather(*(tasks.warm_up.options(num_cpus=1).remote() for _ in range(workers)))
    gateway, job = TaskGateway(report, ReportReader(tasks_at_once=lambda: workers)), machine.JobMachine()
    running: dict[asyncio.Task[machine.Event], machine.Command] = {}
    begun = {job.phase: time.monotonic()}
    while job.phase is not machine.Phase.STORE:
        for command in job.take_due(max(2, workers * IN_FLIGHT_PER_CPU) - len(running)):
            if isinstance(command, machine.Settle):
                raise JobNotCompletedError(report.filename, command.status, command.error)
            assert isinstance(command, machine.ReadReport | machine.TranslateShard | machine.PlanPartition)
            running[asyncio.create_task(gateway.execute(command))] = command
        done, _ = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            job.apply(running.pop(task), task.result())
        begun.setdefault(job.phase, time.monotonic())
    phase = machine.Phase
    return FanOut(
        begun[phase.TRANSLATE] - begun[phase.READ],
        begun[phase.PLAN] - begun[phase.TRANSLATE],
        begun[phase.STORE] - begun[phase.PLAN],
    )


if __name__ == "__main__":
    _report = report_of(Path(sys.argv[1]), Path(sys.argv[2]))
    sys.stdout.write(msgspec.json.encode(_measure(_report, int(sys.argv[3]))).decode() + "\n")
