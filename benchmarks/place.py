"""The scratch folder of a run: reports that several benchmarks share, and room for the rest."""

import shutil
from pathlib import Path

from benchmarks.errors import DiskFullError
from benchmarks.reports.kind import write_report
from benchmarks.reports.kinds import KINDS

_BYTES_PER_FINDING = 1_500
"""Of the most talkative kind."""
_COPIES = 5
"""Of a report at once: the report, the upload, its bodies, and what the object store spills."""


class Place:
    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def require_room(self, findings: int) -> None:
        """Raises `DiskFullError` where a report of so many findings could fill the disk."""
        needed, free = _COPIES * _BYTES_PER_FINDING * findings, shutil.disk_usage(self.folder).free
        if free < needed:
            raise DiskFullError(str(self.folder), needed, free)

    def report(self, kind: str, findings: int, *, assets: int = 1) -> Path:
        """Made at its first use. Raises `DiskFullError`."""
        path = self.folder / f"{kind}-{findings}-{assets}.{KINDS[kind].extension}"
        if not path.exists():
            self.require_room(findings)
            write_report(KINDS[kind], path, findings=findings, assets=assets)
        return path

    def empty_folder(self, name: str) -> Path:
        path = self.folder / name
        shutil.rmtree(path, ignore_errors=True)
        path.mkdir()
        return path
