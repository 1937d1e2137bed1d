"""The wheel, installed as a user installs it: into empty environments, what the lock file pins, alone and with the service."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from installed import Installed

ROOT = Path(__file__).parents[2]
UV = str(Path(sys.executable).with_name("uv"))


@pytest.fixture(scope="package")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    _run(UV, "build", "--quiet", "--wheel", "--out-dir", str(folder), str(ROOT))
    (built,) = folder.glob("*.whl")
    with zipfile.ZipFile(built) as archive:
        names = archive.namelist()
    assert "serve_app/page/index.html" in names, "whoever installs it has no Node to build the page with"
    assert [name for name in names if name.endswith("man1/phoenix-scan.1")]
    assert not [name for name in names if name.startswith(("tests/", "benchmarks/", "web/"))]
    return built


@pytest.fixture(scope="package")
def with_service(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    return _installed(f"{wheel}[service]", tmp_path_factory.mktemp("service"))


@pytest.fixture(scope="package")
def client_alone(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    return _installed(str(wheel), tmp_path_factory.mktemp("client"))


def _installed(what: str, folder: Path) -> Installed:
    made = Installed(folder / "venv")
    _run(UV, "venv", "--quiet", "--python", sys.executable, str(made.folder))
    constraints = str(ROOT / "requirements.lock")
    _run(UV, "pip", "install", "--quiet", "--python", made.python, "--constraint", constraints, what)
    return made


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, cwd="/", env=os.environ | {"UV_NO_CONFIG": "1"})
    assert done.returncode == 0, done.stderr
