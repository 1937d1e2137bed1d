"""``phoenix-scan keys``, on a database of its own."""

import asyncio
import json
from pathlib import Path

import pytest
import typer
from tenant_making import make_tenant
from typer.testing import CliRunner

from jobs_store.database import open_database
from serve_app.commands.keys import keys
from serve_app.embedded.data_folder import DataFolder

cli = typer.Typer()
cli.command()(keys)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DataFolder:
    for name in ("API_KEY", "SECRET_KEY", "DATABASE_URL", "STORAGE_URL", "RAY_ADDRESS"):
        monkeypatch.delenv(name, raising=False)
    return DataFolder(tmp_path / "data")


def run(folder: DataFolder, *options: str, code: int = 0) -> str:
    done = CliRunner().invoke(cli, ["--data", str(folder.path), *options])
    assert done.exit_code == code, done.output
    return done.output


async def test_a_key_opens_what_is_its_tenants_until_it_is_revoked(folder: DataFolder) -> None:
    await asyncio.to_thread(run, folder)  # makes the database
    async with open_database(folder.database_url) as database:
        await make_tenant(database, "payments")
        created = json.loads(await asyncio.to_thread(run, folder, "--create", "payments-ci", "--tenant", "payments", "--json"))
        known = await database.keys.find(created["key"])
        assert known is not None
        assert (known.key.key_id, known.key.name, known.tenant.name) == (created["key_id"], "payments-ci", "payments")

        said = await asyncio.to_thread(run, folder, "--revoke", created["key_id"])
        assert said.startswith(f"Revoked {created['key_id']}")
        assert await database.keys.find(created["key"]) is None

    (listed,) = json.loads(await asyncio.to_thread(run, folder, "--json"))["keys"]
    assert (listed["key_id"], listed["tenant"]) == (created["key_id"], "payments")
    assert listed["revoked_at"] is not None
    assert created["key"] not in await asyncio.to_thread(run, folder)


def test_no_keys_are_an_answer_too(folder: DataFolder) -> None:
    assert "phoenix-scan keys --create" in run(folder)
    assert json.loads(run(folder, "--json")) == {"keys": []}


def test_a_new_key_is_all_that_is_printed(folder: DataFolder) -> None:
    assert run(folder, "--create", "ci", "--tenant", "default").strip().startswith("phxscan_")
    assert " default " in run(folder)


def test_a_name_will_do_where_only_one_open_key_has_it(folder: DataFolder) -> None:
    first, second = (json.loads(run(folder, "--create", "ci", "--tenant", "default", "--json"))["key_id"] for _ in range(2))
    several = run(folder, "--revoke", "ci", code=2)
    assert first in several
    assert second in several
    run(folder, "--revoke", first)
    assert json.loads(run(folder, "--revoke", "ci", "--json")) == {"revoked": second, "name": "ci"}
    assert "no key ci" in run(folder, "--revoke", "ci", code=2)


def test_wrong_usage_is_told(folder: DataFolder) -> None:
    assert "no key 00" in run(folder, "--revoke", "00", code=2)
    assert "three commands" in run(folder, "--create", "a", "--revoke", "b", code=2)
    assert "say whose key it is" in run(folder, "--create", "a", code=2)
    assert "no tenant nobody" in run(folder, "--create", "a", "--tenant", "nobody", code=2)


def test_a_key_is_rotated(folder: DataFolder) -> None:
    new = "--create", "ci", "--tenant", "default", "--scope", "submit", "--expires-days", "30", "--json"
    first = json.loads(run(folder, *new))
    assert (first["scopes"], first["expires_at"] is None) == (["submit"], False)
    second = json.loads(run(folder, "--rotate", "ci", "--overlap-minutes", "0", "--json"))
    assert second["key_id"] == first["key_id"]
    assert second["key"] != first["key"]


def test_a_database_that_is_away_is_told(folder: DataFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    assert "error:" in run(folder, code=3)
