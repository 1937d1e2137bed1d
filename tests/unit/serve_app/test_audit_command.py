"""``phoenix-scan audit``, on a database of its own."""

import asyncio
import json
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from jobs_store.audit import NewAuditEntry
from jobs_store.audit.records import read_line
from jobs_store.database import migrate, open_database
from serve_app.commands.audit import audit
from serve_app.commands.keys import keys
from serve_app.embedded.data_folder import DataFolder

cli, key_cli = typer.Typer(), typer.Typer()
cli.command()(audit)
key_cli.command()(keys)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DataFolder:
    for name in ("API_KEY", "SECRET_KEY", "DATABASE_URL", "STORAGE_URL", "RAY_ADDRESS"):
        monkeypatch.delenv(name, raising=False)
    return DataFolder(tmp_path / "data")


def run(folder: DataFolder, *options: str, code: int = 0) -> Result:
    done = CliRunner().invoke(cli, ["--data", str(folder.path), *options])
    assert done.exit_code == code, done.output
    return done


@pytest.fixture
def filled(folder: DataFolder) -> DataFolder:
    folder.make()
    migrate(folder.database_url)

    async def fill() -> None:
        async with open_database(folder.database_url) as database:
            for number in range(1, 6):
                action = "job.cancel" if number % 2 else "job.retry"
                await database.audit.append(
                    NewAuditEntry(actor="key:1", tenant="red", action=action, object=f"job-{number}", address="192.0.2.7")
                )

    asyncio.run(fill())
    return folder


def test_the_newest_are_listed(filled: DataFolder) -> None:
    lines = run(filled, "--limit", "2").output.splitlines()
    assert [line.split()[0] for line in lines] == ["4", "5"]
    assert "job.cancel" in lines[1]
    found = json.loads(run(filled, "--action", "job.retry", "--json").output)["entries"]
    assert [entry["object"] for entry in found] == ["job-2", "job-4"]
    assert json.loads(run(filled, "--tenant", "blue", "--json").output) == {"entries": []}
    assert json.loads(run(filled, "--after", "1", "--limit", "1", "--json").output)["entries"][0]["seq"] == 2


def test_an_export_verifies_without_the_database(filled: DataFolder, tmp_path: Path) -> None:
    file = tmp_path / "audit.jsonl"
    run(filled, "export", "--file", str(file))
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert file.read_bytes() == run(filled, "export").stdout_bytes
    assert [read_line(line).seq for line in file.read_bytes().splitlines()] == [1, 2, 3, 4, 5]
    assert "5 entries fit" in run(filled, "verify", "--file", str(file)).output
    file.write_text(file.read_text().replace("job-3", "job-9"))
    assert "entry 3 was changed" in run(filled, "verify", "--file", str(file), code=1).output


def test_the_database_is_verified(filled: DataFolder) -> None:
    said = json.loads(run(filled, "verify", "--json").output)
    assert (said["entries"], said["flaw"]) == (5, None)
    assert run(filled, "verify", "--expect", said["end"]).exit_code == 0
    assert "entry 4 is not the one" in run(filled, "verify", "--expect", f"4:{'0' * 64}", code=1).output
    with closing(sqlite3.connect(filled.path / "jobs.db")) as connection:
        connection.execute("DROP TRIGGER audit_kept")
        connection.execute("DELETE FROM audit WHERE seq = 2")
        connection.commit()
    assert "entry 2 is missing" in run(filled, "verify", code=1).output
    assert json.loads(run(filled, "verify", "--json", code=1).output)["flaw"].startswith("entry 2 is missing")


def test_keys_that_are_made_and_revoked_are_told(folder: DataFolder) -> None:
    def key(*options: str) -> None:
        assert CliRunner().invoke(key_cli, ["--data", str(folder.path), *options]).exit_code == 0

    key("--create", "ci", "--tenant", "default")
    key("--revoke", "ci")
    created, revoked = json.loads(run(folder, "--json").output)["entries"]
    assert (created["action"], revoked["action"]) == ("key.create", "key.revoke")
    assert created["object"] == revoked["object"]
    assert created["object"].startswith("key:")
    assert (created["tenant"], created["actor"].partition(":")[0], created["address"]) == ("default", "local", "")


def test_wrong_usage_is_told(filled: DataFolder, tmp_path: Path) -> None:
    (tmp_path / "no-export").write_text("hello\n")
    assert "not an entry" in run(filled, "verify", "--file", str(tmp_path / "no-export"), code=2).output
    assert "No such file" in run(filled, "verify", "--file", str(tmp_path / "nothing"), code=2).output
    assert "SEQ:HASH" in run(filled, "verify", "--expect", "5", code=2).output
    assert "for a list" in run(filled, "export", "--actor", "key:1", code=2).output


def test_a_database_that_is_away_is_told(folder: DataFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    assert "error:" in run(folder, code=3).output
