"""``python -m demo``: reports, service, sandbox, progress, table, comparison. Exit code 0 only if every finding arrived.

With ``--keep`` the service stays up before it is stopped, so that somebody can look at what was imported in the web page.
"""

import sys
import tempfile
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.errors import BenchmarkError
from benchmarks.reports.contents import Contents
from demo.arrived import arrived, import_requests
from demo.comparison import differences
from demo.errors import DemoError
from demo.keeping import keep_up
from demo.reports import write_reports
from demo.service import running_service
from demo.submission import Sent, submit
from scanner.phoenix.sandbox.server import SandboxServer

out = Console()
COMPLETED = "completed"


def main() -> int:
    started = time.monotonic()
    try:
        with tempfile.TemporaryDirectory(prefix="phoenix-demo-") as folder:
            problems = run(Path(folder), keep="--keep" in sys.argv[1:])
    except (DemoError, BenchmarkError) as error:
        problems = [str(error)]
    for problem in problems:
        out.print(f"[bold red]✗[/] {problem}", highlight=False, soft_wrap=True)
    if not problems:
        out.print("[green]✓[/] The sandbox holds exactly the findings of the reports. Nothing is left running.", soft_wrap=True)
    out.print(f"{time.monotonic() - started:.0f} s in all", style="dim")
    return 1 if problems else 0


def run(folder: Path, *, keep: bool = False) -> list[str]:
    """What went wrong. The service and the sandbox are gone on return."""
    reports = folder / "reports"
    reports.mkdir()
    out.print("Making three reports …", style="dim")
    contents = write_reports(reports)
    with SandboxServer() as sandbox:
        out.print("Starting the service (Ray, SQLite, a directory) and a sandbox for Phoenix …", style="dim")
        with running_service(folder / "data", sandbox) as service:
            out.print(f"Sending the reports to {service.url} …", style="dim")
            sent = submit(reports, contents, service)
            if keep:
                keep_up(out, service, folder / "data")
        out.print("The service is stopped.", style="dim")
        out.print(summary(sent, sandbox))
        return [problem for name, told in contents.items() for problem in judge(name, told, sent, sandbox)]


def judge(name: str, told: Contents, sent: list[Sent], sandbox: SandboxServer) -> list[str]:
    job = next((job for job in sent if job.file == name), None)
    if job is None or job.status != COMPLETED or job.assessment_name is None:
        return [f"{name}: {job.error_message or job.status if job else 'it was not sent'}"]
    problems = differences(told, arrived(sandbox, job.assessment_name))
    if job.vulnerabilities_imported != told.findings or job.assets_imported != len(told.assets):
        problems.append(f"the job says {job.assets_imported} assets and {job.vulnerabilities_imported} findings")
    if job.skipped:
        problems.append(f"{job.skipped} records were skipped")
    return [f"{name}: {problem}" for problem in problems]


def summary(sent: list[Sent], sandbox: SandboxServer) -> Table:
    table = Table(box=None, header_style="dim", padding=(0, 2, 0, 0))
    for name in ("Report", "Scanner", "Status"):
        table.add_column(name, no_wrap=True)
    for name in ("Assets", "Findings", "Skipped", "Requests", "Seconds"):
        table.add_column(name, justify="right", no_wrap=True, min_width=len(name))
    for job in sent:
        numbers = (job.assets_imported, job.vulnerabilities_imported, job.skipped)
        requests = import_requests(sandbox, job.assessment_name) if job.assessment_name else 0
        table.add_row(
            job.file,
            job.scanner_type or "–",
            job.status or "not sent",
            *(f"{number:,}" if number is not None else "–" for number in numbers),
            str(requests),
            f"{job.seconds:.1f}",
        )
    return table


if __name__ == "__main__":
    sys.exit(main())
