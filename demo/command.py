"""The ``phoenix-scan`` command of this environment."""

import sys
from pathlib import Path

PHOENIX_SCAN = str(Path(sys.executable).with_name("phoenix-scan"))
