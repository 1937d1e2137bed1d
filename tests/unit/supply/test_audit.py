"""What is known against the packages, by an export of OSV."""

import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from supply.audit import known_against
from supply.locked import SERVICE_LOCK, Locked, locked


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


def test_the_command_says_what_is_known_and_fails(tmp_path: Path) -> None:
    package = locked(SERVICE_LOCK.read_text())[0]
    for events, code in (([SINCE, {"fixed": "9999"}], 1), ([{"introduced": "9999"}], 0)):
        with zipfile.ZipFile(tmp_path / "all.zip", "w") as export:
            export.writestr("GHSA-1.json", json.dumps(advisory(*events, name=package.name)))
        command = [sys.executable, "-m", "supply.audit", "--osv", tmp_path / "all.zip"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == code
        assert (f"{package.name} {package.version}: GHSA-1, fixed in 9999" in done.stdout) is bool(code)
