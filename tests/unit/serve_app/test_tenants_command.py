"""``phoenix-scan tenants`` and ``usage``, against the application under a real server."""

import asyncio
import json

import pytest
import typer
from tenant_making import make_key
from typer.testing import CliRunner

from client.cli.tenants import tenants
from client.cli.usage import usage
from client.errors import RefusedError
from serve_app.wiring import Wiring

KEY = "key-of-the-tests"


@pytest.fixture
def run(server: str):
    async def run(command, *words: str, key: str = KEY, code: int = 0, **environment: str) -> str:
        cli = typer.Typer(pretty_exceptions_enable=False)
        cli.command()(command)
        words = (*words, "--url", f"http://{server}", "--api-key", key)
        done = await asyncio.to_thread(CliRunner().invoke, cli, list(words), env=environment)
        assert done.exit_code == code, done.output + repr(done.exception)
        return done.output

    return run


async def test_a_tenants_life(run, wiring: Wiring) -> None:
    words = "create", "red", "--title", "Red team", "--limit", "jobs_running=3", "--default", "import_type=merge"
    made = json.loads(await run(tenants, *words, "--json"))
    assert (made["name"], made["limits"]["jobs_running"], made["defaults"]) == ("red", 3, {"import_type": "merge"})
    assert "Red team" in await run(tenants)
    changed = json.loads(await run(tenants, "change", "red", "--limit", "jobs_running=", "--retention-days", "2", "--json"))
    assert (changed["limits"]["jobs_running"], changed["retention_days"], changed["title"]) == (None, 2, "Red team")
    assert "(disabled)" in await run(tenants, "disable", "red")
    assert "(disabled)" not in await run(tenants, "enable", "red")
    assert (await run(tenants, "webhook-secret", "red")).startswith("whsec_")
    assert "red jobs running" not in await run(usage, "red")
    assert json.loads(await run(usage, "red", "--json"))["tenant"] == "red"
    await run(tenants, "remove", "red")
    assert [tenant["name"] for tenant in json.loads(await run(tenants, "--json"))["tenants"]] == ["default"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["red"], "ACTION"),
        (["show"], "say which tenant"),
        (["change", "red"], "say what to change"),
        (["change", "red", "--limit", "watchers=many"], "whole number"),
        (["change", "red", "--default", "import_type"], "NAME=VALUE"),
        (["change", "red", "--phoenix-client-id", "abc"], "PHOENIX_CLIENT_SECRET"),
    ],
)
async def test_wrong_usage_is_told(run, words: list[str], said: str) -> None:
    assert said in " ".join((await run(tenants, *words, code=2)).split())


async def test_what_the_service_refuses_is_an_error_of_the_client(server: str, wiring: Wiring) -> None:
    """Of which `client.cli.main` makes a message and an exit code."""
    key = await make_key(wiring.database, "red")
    cli = typer.Typer()
    cli.command()(tenants)
    words = ["change", "red", "--limit", "watchers=5", "--url", f"http://{server}", "--api-key", key]
    done = await asyncio.to_thread(CliRunner().invoke, cli, words)
    assert isinstance(done.exception, RefusedError)
    assert (done.exception.code, done.exception.details) == ("insufficient_scope", {"scope": "operator"})
