"""What is in integrations/: valid by the schemas of the services it is for, and its script sends reports to a real edge.

Inputs must reach a script as variables alone; some that are given here would be commands if they were part of its text.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from edge_server import API_KEY, edge_server

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "integrations"
ODD = "nightly'; touch pwned; \"$(touch pwned)`touch pwned`"
REPORTS = "trivy.json\nreports of $(touch pwned)/*.json\n"
PACKAGE = "git+https://git.example.com/scanner@0f1e2d3c $(touch pwned)"
GIVEN = {
    "reports": REPORTS,
    "scanner-type": "trivy",
    "assessment-name": ODD,
    "import-type": "merge",
    "wait": "false",
    "timeout": "60",
    "tolerate-unavailable": "false",
    "package": PACKAGE,
}


@dataclass(frozen=True)
class Script:
    text: str
    variables: dict[str, str]
    """As the service would set them, inputs by their names in `GIVEN`."""


def github() -> Script:
    step = loaded("github-action/action.yml")["runs"]["steps"][0]
    return Script(step["run"], step["env"])


def gitlab() -> Script:
    _, text = (FOLDER / "gitlab-component/templates/import/template.yml").read_text().split("\n---\n")
    job = yaml.safe_load(text)["import-scan-reports"]
    return Script("\n".join(["set -e", *job["script"]]), job["variables"])


def azure() -> Script:
    step = loaded("azure-pipelines/import-scan-reports.yml")["steps"][0]
    return Script(step["bash"], step["env"])


def circleci() -> Script:
    step = loaded("circleci/orb.yml")["commands"]["import"]["steps"][0]["run"]
    return Script("set -e\n" + step["command"], step["environment"])


def jenkins() -> Script:
    """Groovy's own quotes: what is between three single ones is not interpolated."""
    text = (FOLDER / "jenkins/vars/phoenixScan.groovy").read_text()
    (script,) = re.findall(r"script: '''(.*?)'''", text, re.DOTALL)
    variables = dict(re.findall(r'"(PHOENIX_SCANNER_\w+)=(\$\{.*?\})",\n', text))
    return Script("set -e\n" + script.replace("\\\\", "\\"), variables)


def loaded(name: str) -> Any:
    return yaml.safe_load((FOLDER / name).read_text())


SCRIPTS: dict[str, Callable[[], Script]] = {each.__name__: each for each in (github, gitlab, azure, circleci, jenkins)}


@pytest.fixture(scope="module")
def edge(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("edge")
    database = folder / "jobs.db"
    database.write_bytes(sqlite_template.read_bytes())
    with edge_server(DATABASE_URL=f"sqlite:///{database}", STORAGE_URL=(folder / "objects").as_uri()) as (address, _):
        yield f"http://{address}"


@pytest.mark.parametrize("name", SCRIPTS)
def test_nothing_given_is_part_of_the_script(name: str) -> None:
    script = SCRIPTS[name]()
    assert not re.search(r"\$\{\{|\$\[\[|<<|\$\(PHOENIX", script.text)
    assert "PHOENIX_SCANNER_API_KEY" not in script.text


@pytest.mark.parametrize("name", SCRIPTS)
def test_its_script_sends_the_reports(name: str, edge: str, tmp_path: Path) -> None:
    work = tmp_path / "work"
    odd_folder = work / "reports of $(touch pwned)"
    odd_folder.mkdir(parents=True)
    for path in (work / "trivy.json", odd_folder / "more.json"):
        path.write_text('{"SchemaVersion": 2, "ArtifactName": "app", "Results": []}')
    done = run(SCRIPTS[name](), edge, tmp_path)
    assert done.returncode == 0, done.stderr
    assert not list(tmp_path.rglob("pwned"))
    sent = [job for job in jobs(edge) if job["job_id"] in done.stdout + done.stderr]
    assert sorted(job["filename"] for job in sent) == ["more.json", "trivy.json"]
    assert {job["assessment_name"] for job in sent} == {ODD}
    if name == "github":
        (line,) = (tmp_path / "output").read_text().splitlines()
        assert len(json.loads(Path(line.removeprefix("result=")).read_text())["jobs"]) == 2
        assert "job-" in (tmp_path / "summary").read_text()


@pytest.mark.parametrize("name", SCRIPTS)
def test_by_default_reports_of_one_step_do_not_share_an_assessment(name: str, edge: str, tmp_path: Path) -> None:
    for path in (tmp_path / "work" / folder / "scan.json" for folder in ("api", "web")):
        path.parent.mkdir(parents=True)
        path.write_text('{"SchemaVersion": 2, "ArtifactName": "app", "Results": []}')
    filled = re.sub(r"\$\{\{.*?\}\}|<<.*?>>|\$\(.*?\)|\$\w+", "org/repo", default_name(name))
    given = {"reports": "api\nweb/*.json", "assessment-name": filled, "import-type": "new"}
    done = run(SCRIPTS[name](), edge, tmp_path, **given)
    assert done.returncode == 0, done.stderr
    assert filled.startswith("org/repo/")
    sent = [job for job in jobs(edge) if job["job_id"] in done.stdout + done.stderr]
    assert len(sent) == 2
    assert "go into one assessment" not in done.stderr


def default_name(name: str) -> str:
    """That of the assessment, as the file has it."""
    match name:
        case "github":
            return str(loaded("github-action/action.yml")["inputs"]["assessment-name"]["default"])
        case "gitlab":
            return str(gitlab_inputs()["assessment-name"]["default"])
        case "azure":
            (parameter,) = (each for each in azure_parameters() if each["name"] == "assessmentName")
            return str(parameter["default"])
        case "circleci":
            return str(loaded("circleci/orb.yml")["commands"]["import"]["parameters"]["assessment-name"]["default"])
        case _:
            variable = jenkins().variables["PHOENIX_SCANNER_ASSESSMENT_NAME"]
            return (
                variable.removeprefix("${options.assessmentName ?: ")
                .removesuffix("}")
                .replace("env.JOB_NAME + '", "org/repo")
                .rstrip("'")
            )


def gitlab_inputs() -> dict[str, dict[str, Any]]:
    head, _ = (FOLDER / "gitlab-component/templates/import/template.yml").read_text().split("\n---\n")
    found: dict[str, dict[str, Any]] = yaml.safe_load(head)["spec"]["inputs"]
    return found


def azure_parameters() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = loaded("azure-pipelines/import-scan-reports.yml")["parameters"]
    return found


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_wrong_key_fails_the_pipeline_even_where_an_absent_service_does_not(name: str, edge: str, tmp_path: Path) -> None:
    (tmp_path / "work").mkdir()
    (tmp_path / "work/trivy.json").write_text("{}")
    tolerant = {"reports": "trivy.json", "tolerate-unavailable": "true"}
    assert run(SCRIPTS[name](), edge, tmp_path, PHOENIX_SCANNER_API_KEY="wrong", **tolerant).returncode == 2
    away = run(SCRIPTS[name](), "http://127.0.0.1:9", tmp_path, **tolerant).returncode
    assert away == (3 if name in ("gitlab", "jenkins") else 0)  # these two leave that to what is around the script


@pytest.mark.parametrize("name", SCRIPTS)
@pytest.mark.parametrize(("package", "code", "installed"), [("", 2, []), (PACKAGE, 127, [PACKAGE])])
def test_nothing_is_installed_that_was_not_named(
    name: str, package: str, code: int, installed: list[str], tmp_path: Path
) -> None:
    """The step holds the key: an index that anybody can register a name on must never be asked for one."""
    (tmp_path / "work").mkdir()
    (tmp_path / "bin").mkdir()
    python = tmp_path / "bin" / "python3"
    python.write_text(f"""#!/bin/sh\nshift 4\nprintf '%s\\n' "$@" >> {tmp_path}/installed\n""")
    python.chmod(0o755)
    without = f"{python.parent}:/usr/bin:/bin"
    assert shutil.which("phoenix-scan", path=without) is None
    done = run(SCRIPTS[name](), "http://127.0.0.1:9", tmp_path, PATH=without, package=package)
    assert done.returncode == code, done.stderr
    named = tmp_path / "installed"
    assert (named.read_text().splitlines() if named.exists() else []) == installed
    assert ("phoenix-scan is not on PATH" in done.stderr) is (not installed)
    assert not list(tmp_path.rglob("pwned"))


def test_no_default_names_a_package() -> None:
    orb = loaded("circleci/orb.yml")
    (azure_parameter,) = (each for each in azure_parameters() if each["name"] == "package")
    assert not loaded("github-action/action.yml")["inputs"]["package"]["default"]
    assert not gitlab_inputs()["package"]["default"]
    assert not azure_parameter["default"]
    assert not orb["commands"]["import"]["parameters"]["package"]["default"]
    assert "default" not in orb["jobs"]["import"]["parameters"]["package"]
    assert jenkins().variables["PHOENIX_SCANNER_PACKAGE"].endswith("?: ''}")


def run(script: Script, url: str, folder: Path, **other: str) -> subprocess.CompletedProcess[str]:
    given = GIVEN | {"url": url} | other
    variables = {name: _value(text, given) for name, text in script.variables.items() if not name.endswith("_KEY")}
    environment = {
        "PATH": other.get("PATH") or f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "HOME": str(folder),
        "PHOENIX_SCANNER_API_KEY": API_KEY,
        "RUNNER_TEMP": str(folder),
        "GITHUB_OUTPUT": str(folder / "output"),
        "GITHUB_STEP_SUMMARY": str(folder / "summary"),
    }
    key = {"PHOENIX_SCANNER_API_KEY": other.get("PHOENIX_SCANNER_API_KEY", API_KEY)}
    return subprocess.run(
        ["bash", "-eo", "pipefail", "-c", script.text],
        env=environment | variables | key,
        cwd=folder / "work",
        capture_output=True,
        text=True,
        timeout=120,
    )


def _value(text: Any, given: dict[str, str]) -> str:
    """Of the input that it names, however that is spelt: ``scannerType``, ``inputs.scanner-type``, ``timeoutSeconds``."""
    words = re.findall(r"[a-z]+", re.sub(r"([A-Z])", r" \1", str(text)).lower())
    names = [name for name in given if set(name.split("-")) <= {*words}]
    assert names, text
    return given[max(names, key=len)]


def jobs(url: str) -> list[dict[str, Any]]:
    answer = httpx.get(f"{url}/api/v1/jobs", params={"page_size": 100}, headers={"X-API-Key": API_KEY})
    found: list[dict[str, Any]] = answer.json()["jobs"]
    return found


@pytest.mark.parametrize(
    ("schema", "file"),
    [
        ("vendor.github-actions", "github-action/action.yml"),
        ("vendor.azure-pipelines", "azure-pipelines/import-scan-reports.yml"),
        ("vendor.circle-ci", "circleci/orb.yml"),
    ],
)
def test_it_is_valid_by_the_published_schema(schema: str, file: str) -> None:
    checked(schema, FOLDER / file)


def test_the_component_of_gitlab_is_valid(tmp_path: Path) -> None:
    """Its second document, with values in place of what GitLab fills in before it looks at it."""
    head, body = (FOLDER / "gitlab-component/templates/import/template.yml").read_text().split("\n---\n")
    inputs = yaml.safe_load(head)["spec"]["inputs"]
    assert {*re.findall(r"inputs\.([\w-]+)", body)} == {*inputs}
    filled = re.sub(r"\$\[\[ inputs\.([\w-]+) \]\]", lambda named: str(inputs[named[1]].get("default") or "x"), body)
    (tmp_path / "ci.yml").write_text(filled)
    checked("vendor.gitlab-ci", tmp_path / "ci.yml")


def checked(schema: str, path: Path) -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, str(path)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_what_pre_commit_runs_works(tmp_path: Path) -> None:
    hooks = {hook["id"]: hook for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())}
    sample = ROOT / "tests" / "formats" / "samples" / "sarif"
    reports = [str(path) for path in sorted(sample.glob("*_one.*"))]
    (tmp_path / "broken.yaml").write_text("slug: 1\n")
    for hook, files, code in [
        ("phoenix-scan-detect", reports, 0),
        ("phoenix-scan-detect", [str(tmp_path / "broken.yaml")], 1),
        ("phoenix-scan-check-format", [str(tmp_path / "broken.yaml")], 1),
    ]:
        environment = {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "HOME": str(tmp_path)}
        command = ["bash", "-c", f'{hooks[hook]["entry"]} "$@"', "hook", *files]
        assert files
        done = subprocess.run(command, env=environment, capture_output=True, text=True)
        assert done.returncode == code, done.stderr
