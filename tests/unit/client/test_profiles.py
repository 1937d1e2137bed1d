"""Signing in: what is kept, who may read it, and to whom a key goes."""

import json
import stat
from pathlib import Path
from typing import Any

import pytest
from fake_service import KEY, FakeService
from typer.testing import CliRunner, Result

from client.cli.commands import app
from client.cli.profiles import Profile, Profiles, ProfilesError


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Without a word about the service in the environment."""
    for name in ("PHOENIX_SCANNER_API_URL", "PHOENIX_SCANNER_API_KEY", "PHOENIX_SCANNER_PROFILE"):
        monkeypatch.setenv(name, "")  # so that what a command sets is gone afterwards
        monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("PHOENIX_SCANNER_DATA", str(tmp_path / "data"))

    def invoke(*arguments: str, stdin: str | None = None) -> Result:
        return CliRunner().invoke(app, list(arguments), input=stdin)

    return invoke


def kept(tmp_path: Path) -> Profiles:
    return Profiles({"XDG_CONFIG_HOME": str(tmp_path)})


def test_who_has_signed_in_names_neither_url_nor_key(run: Any, service: FakeService, tmp_path: Path) -> None:
    signed_in = run("login", "--url", service.url, "--json", stdin=f"{KEY}\n")
    assert signed_in.exit_code == 0, signed_in.output
    assert KEY not in signed_in.output
    assert stat.S_IMODE(kept(tmp_path).path.stat().st_mode) == 0o600
    assert run("jobs", "--json").exit_code == 0
    listed = run("profiles", "--json")
    assert json.loads(listed.stdout) == [{"name": "default", "url": service.url}]
    assert run("logout").exit_code == 0
    assert kept(tmp_path).all() == {}
    assert run("logout").exit_code == 2


def test_a_wrong_key_is_not_kept(run: Any, service: FakeService, tmp_path: Path) -> None:
    assert run("login", "--url", service.url, stdin="wrong\n").exit_code == 2
    assert run("login", "--url", service.url, stdin="\n").exit_code == 2
    assert kept(tmp_path).all() == {}


def test_a_profile_is_chosen_by_name(run: Any, service: FakeService, tmp_path: Path) -> None:
    kept(tmp_path).save("default", Profile("http://127.0.0.1:9", "another"))
    kept(tmp_path).save("staging", Profile(service.url, KEY))
    assert run("--profile", "staging", "jobs").exit_code == 0
    unknown = run("--profile", "nobody's", "jobs")
    assert unknown.exit_code == 2
    assert "login" in unknown.output


def test_a_key_goes_to_its_own_url_alone(tmp_path: Path) -> None:
    profiles = kept(tmp_path)
    profiles.save("default", Profile("https://scan.example.com", "its key"))
    assert profiles.key_for("https://scan.example.com/") == "its key"
    assert profiles.key_for("https://scan.example.com.attacker.example") is None
    assert profiles.key_for("http://scan.example.com") is None


def test_a_broken_file_is_told_and_written_anew(tmp_path: Path) -> None:
    profiles = kept(tmp_path)
    profiles.path.parent.mkdir(parents=True)
    profiles.path.write_text("{")
    with pytest.raises(ProfilesError, match="login"):
        profiles.all()
    profiles.save("default", Profile("https://scan.example.com", "key"))
    assert set(profiles.all()) == {"default"}
