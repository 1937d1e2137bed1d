"""The client without the service: no Ray, no server, and a sentence where something needs them."""

import json
import subprocess
from pathlib import Path

import pytest
from installed import Installed

pytestmark = pytest.mark.timeout(600)
SAMPLES = Path(__file__).parents[1] / "formats" / "samples"


def test_it_translates_and_says_what_the_service_needs(client_alone: Installed, tmp_path: Path) -> None:
    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [client_alone.phoenix_scan, *arguments], capture_output=True, text=True, cwd=tmp_path, timeout=120
        )

    assert not list(client_alone.folder.glob("lib/python*/site-packages/ray"))
    assert run("--version").stdout.startswith("phoenix-scan ")
    sample = next((SAMPLES / "trivy").glob("*_many.json"))
    translated = run("translate", str(sample), "--json")
    assert translated.returncode == 0, translated.stderr
    assert json.loads(translated.stdout)
    needed = run("up")
    assert needed.returncode == 2
    assert "pip install 'phoenix-scanner[service]'" in needed.stderr
    assert run("jobs", "--url", "http://127.0.0.1:9").returncode == 3
