"""``phoenix-scan backup`` and ``restore``, from one data folder into another."""

import json
import shutil
import stat
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from jobs_store.storage import open_storage
from serve_app.commands.backup import backup, restore
from serve_app.commands.keys import keys, own_settings
from serve_app.embedded.data_folder import DataFolder


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("API_KEY", "SECRET_KEY", "DATABASE_URL", "STORAGE_URL", "RAY_ADDRESS"):
        monkeypatch.delenv(name, raising=False)


def run(command: Any, *arguments: str, stdin: bytes | None = None) -> Result:
    cli = typer.Typer()
    cli.command()(command)
    return CliRunner().invoke(cli, [*arguments], input=stdin)


@pytest.fixture
def ours(tmp_path: Path) -> Path:
    folder = tmp_path / "ours"
    made = run(keys, "--create", "ci", "--tenant", "default", "--data", str(folder))
    assert made.exit_code == 0, made.output
    open_storage(own_settings(folder).storage_url).put("received/20261130/one", b"report")
    return folder


def test_what_is_saved_is_restored(ours: Path, tmp_path: Path) -> None:
    file, theirs = tmp_path / "monday.tar.zst", tmp_path / "theirs"
    saved = run(backup, str(file), "--data", str(ours), "--json")
    assert saved.exit_code == 0, saved.output
    assert json.loads(saved.stdout)["objects"] == 1
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.glob("*.zst*")] == [file.name]
    refused = run(restore, str(file), "--data", str(theirs))
    assert refused.exit_code == 2
    assert "SECRET_KEY" in refused.stderr
    shutil.copy(DataFolder(ours).secret_key_file, DataFolder(theirs).secret_key_file)
    done = run(restore, str(file), "--data", str(theirs))
    assert done.exit_code == 0, done.stderr
    assert "1 objects" in done.stdout
    assert [key["name"] for key in json.loads(run(keys, "--data", str(theirs), "--json").stdout)["keys"]] == ["ci"]
    assert run(restore, str(file), "--data", str(theirs)).exit_code == 2, "it is not empty now"


def test_a_key_of_the_environment_is_needed_again(ours: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "monday.tar.zst"
    assert run(backup, str(file), "--data", str(ours)).exit_code == 0
    monkeypatch.setenv("SECRET_KEY", DataFolder(ours).secret_key_file.read_text().strip())
    done = run(restore, str(file), "--data", str(tmp_path / "theirs"))
    assert done.exit_code == 0, done.stderr
    assert "whenever it starts" in done.stderr


def test_what_cannot_be_read_or_written_is_told(ours: Path, tmp_path: Path) -> None:
    nowhere = tmp_path / "nowhere"
    assert run(backup, str(tmp_path / "b"), "--data", str(nowhere)).exit_code == 2
    assert not nowhere.exists(), "a slip of the pen makes no service"
    assert run(backup, str(tmp_path / "no" / "folder"), "--data", str(ours)).exit_code == 3
    assert run(restore, str(tmp_path / "none"), "--data", str(tmp_path / "theirs")).exit_code == 3
