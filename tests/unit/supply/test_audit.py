"""What is known against the packages, by an export of OSV."""

import json
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from supply.audit import known_against
from supply.locked import SERVICE_LOCK, Locked, locked
from supply.page_audit import NotFoundOutError, known_to_npm


def advisory(*events: dict[str, str], name: str = "Some_Package", **more: Any) -> dict[str, Any]:
    affected = {"package": {"ecosystem": "PyPI", "name": name}, "ranges": [{"type": "ECOSYSTEM", "events": [*events]}]}
    return {"id": "GHSA-1", "summary": "made up", "affected": [affected | more.pop("affected", {})]} | more


SINCE = {"introduced": "0"}


@pytest.mark.parametrize(
    ("version", "events", "is_known"),
    [
        ("1.9", [SINCE, {"fixed": "1.10"}], True),
        ("1.10", [SINCE, {"fixed": "1.10"}], False),
        ("1.10rc1", [SINCE, {"fixed": "1.10"}], True),
        ("1.10", [SINCE, {"last_affected": "1.10"}], True),
        ("1.11", [SINCE, {"last_affected": "1.10"}], False),
        ("0.9", [{"introduced": "1.0"}], False),
        ("2.5", [{"introduced": "1.0"}, {"fixed": "1.5"}, {"introduced": "2.0"}, {"fixed": "2.6"}], True),
        ("1.7", [{"introduced": "1.0"}, {"fixed": "1.5"}, {"introduced": "2.0"}, {"fixed": "2.6"}], False),
    ],
)
def test_a_version_is_affected_as_the_events_say(version: str, events: list[dict[str, str]], is_known: bool) -> None:
    found = [*known_against([Locked("some-package", version)], [advisory(*events)])]
    assert bool(found) is is_known


def test_listed_versions_count_and_withdrawn_advisories_and_other_packages_do_not() -> None:
    package = [Locked("some-package", "1.0")]
    assert [*known_against(package, [advisory(affected={"ranges": [], "versions": ["1.0"]})])]
    assert not [*known_against(package, [advisory(SINCE, withdrawn="2030-01-01T00:00:00Z")])]
    assert not [*known_against(package, [advisory(SINCE, name="some-package-else")])]


def of_npm(name: str, *events: dict[str, str]) -> dict[str, Any]:
    ranges = [{"type": "SEMVER", "events": [*events]}]
    return {
        "id": "GHSA-2",
        "summary": "made up",
        "affected": [{"package": {"ecosystem": "npm", "name": name}, "ranges": ranges}],
    }


@pytest.mark.parametrize(
    ("version", "fixed", "is_known"),
    [
        ("1.9.0", "1.10.0", True),
        ("1.10.0", "1.10.0", False),
        ("1.10.0-next.2", "1.10.0", True),
        ("1.10.0-next.2", "1.10.0-next.10", True),
        ("1.10.0-next.10", "1.10.0-next.2", False),
        ("1.10.0-1", "1.10.0-alpha", True),
        ("1.10.0+build", "1.10.0", False),
    ],
)
def test_versions_of_npm_are_ordered_as_semver_has_it(version: str, fixed: str, is_known: bool) -> None:
    told = of_npm("@scope/Some_Package", SINCE, {"fixed": fixed})
    assert bool([*known_against([Locked("@scope/Some_Package", version)], [told], "npm")]) is is_known
    assert not [*known_against([Locked("@scope/Some_Package", version)], [told])], "not one of PyPI"


def export_of(file: Path, *advisories: dict[str, Any]) -> None:
    with zipfile.ZipFile(file, "w") as export:
        for one in advisories:
            export.writestr(f"{one['id']}.json", json.dumps(one))


def audit(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "supply.audit", *arguments], capture_output=True, text=True, check=False)


def test_packages_of_the_page_are_looked_up_and_tools_told_apart(tmp_path: Path) -> None:
    exported = [of_npm(name, SINCE) | {"id": name} for name in ("preact", "vite")]
    export_of(tmp_path / "npm.zip", *exported, advisory(SINCE, name="nobody-has-this"))
    done = audit("--osv", tmp_path / "npm.zip")
    assert done.returncode == 1
    told = done.stdout.splitlines()
    assert [line.partition(": ")[2] for line in told[:2]] == ["preact, fixed in none: made up", "vite, fixed in none: made up"]
    assert ["in the web page" in line for line in told[:2]] == [True, False]


def test_what_no_export_has_is_not_said_to_be_well(tmp_path: Path) -> None:
    export_of(tmp_path / "python.zip", advisory(SINCE, name="nobody-has-this"))
    done = audit("--osv", tmp_path / "python.zip")
    assert (done.returncode, done.stdout.splitlines()[0]) == (1, "not looked up: the exports have nothing of npm")


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[dict[str, Any]]:
    """What npm asks for advisories; gives what it answers by the package's name, or nothing at all."""
    answer: dict[str, Any] = {}

    class Registry(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            body = json.dumps(answer).encode()
            self.send_response(200 if answer else 405)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Registry) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("npm_config_registry", f"http://127.0.0.1:{server.server_port}/")
        monkeypatch.setenv("npm_config_cache", str(tmp_path / "npm"))
        monkeypatch.setenv("npm_config_fetch_retries", "0")
        yield answer
        server.shutdown()


def test_npm_itself_is_asked_from_the_lock(registry: dict[str, Any]) -> None:
    known = {"id": 1, "url": "https://github.com/advisories/GHSA-3", "title": "made up", "severity": "high", "cwe": []}
    registry["preact"] = [known | {"vulnerable_versions": ">=1.0.0", "cvss": {"score": 7.5}}]
    (told,) = known_to_npm()
    assert (told.package.name, told.package.is_shipped, told.severity, told.advisories) == ("preact", True, "high", ("GHSA-3",))


@pytest.mark.usefixtures("registry")
def test_a_registry_that_does_not_answer_is_no_good_news() -> None:
    with pytest.raises(NotFoundOutError):
        known_to_npm()


def test_the_command_says_what_is_known_and_fails(tmp_path: Path) -> None:
    package = locked(SERVICE_LOCK.read_text())[0]
    for events, code in (([SINCE, {"fixed": "9999"}], 1), ([{"introduced": "9999"}], 0)):
        export_of(tmp_path / "python.zip", advisory(*events, name=package.name))
        export_of(tmp_path / "npm.zip", of_npm("nobody-has-this", SINCE))
        done = audit("--osv", tmp_path / "python.zip", "--osv", tmp_path / "npm.zip")
        assert done.returncode == code
        assert (f"{package.name} {package.version}: GHSA-1, fixed in 9999" in done.stdout) is bool(code)
