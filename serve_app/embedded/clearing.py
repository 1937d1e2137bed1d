"""Clearing away what a run has left; imports little, for the process that only starts another one."""

import shutil
from pathlib import Path

from serve_app.embedded import processes
from serve_app.embedded.data_folder import DataFolder

STOP_SECONDS = 5.0
SCRATCH_PREFIX = "phoenix-"


def clear(folder: DataFolder) -> None:
    """Ends what a run left whose first process is gone. Idempotent."""
    running = folder.running()
    if running is None:
        return
    processes.end(running.run, patience_seconds=STOP_SECONDS)
    scratch = Path(running.scratch)
    if scratch.name.startswith(SCRATCH_PREFIX):
        shutil.rmtree(scratch, ignore_errors=True)
    folder.forget()
