"""The environment of processes that read reports: no setting, secret or token is in it."""

import os
from pathlib import Path

_NEEDED = ("LANG", "LC_ALL", "TZ", "MAPPINGS_DIR", "MALLOC_ARENA_MAX", "PYTHONPATH")


def runner_environment(scratch: Path) -> dict[str, str]:
    """``scratch`` is where it may write."""
    return {name: os.environ[name] for name in _NEEDED if name in os.environ} | {"TMPDIR": str(scratch)}
