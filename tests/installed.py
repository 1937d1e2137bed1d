"""An environment that has the wheel and nothing of the checkout."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Installed:
    folder: Path

    @property
    def python(self) -> str:
        return str(self.folder / "bin" / "python")

    @property
    def phoenix_scan(self) -> str:
        return str(self.folder / "bin" / "phoenix-scan")
