"""What is installed is what was tested, held to hashes, and names no host."""

import importlib.util
import re
from pathlib import Path

import pytest
import yaml

from supply.locked import SERVICE_LOCK, locked

ROOT = Path(__file__).parents[3]
LOCKS = ["requirements.lock", "supply/service.lock", "supply/build.lock"]


@pytest.mark.parametrize("name", LOCKS)
def test_every_package_has_hashes_and_no_host_is_named(name: str) -> None:
    text = (ROOT / name).read_text()
    entries = re.split(r"\n(?=\S)", text.strip())
    assert entries
    assert [entry for entry in entries if "--hash=sha256:" not in entry] == []
    assert "://" not in text


def test_an_installation_has_the_versions_that_are_tested() -> None:
    tested, installed = locked((ROOT / "requirements.lock").read_text()), locked(SERVICE_LOCK.read_text())
    assert {one.name for one in installed} > {"ray", "fastapi", "lxml"}
    assert {*installed} <= {*tested}
    assert not {"pytest", "ruff", "moto"} & {one.name for one in installed}


@pytest.mark.parametrize("name", ["deploy/Dockerfile", "cluster.yaml"])
def test_what_comes_from_an_index_is_held_to_its_hash(name: str) -> None:
    text = (ROOT / name).read_text()
    if name.endswith(".yaml"):
        text = "\n".join(yaml.safe_load(text)["setup_commands"])
    parts = re.split(r"&&|\|\||\n(?=RUN|COPY|FROM)", text.replace("\\\n", " "))
    commands = [part for part in parts if " install " in part or " sync " in part]
    fetching = [command for command in commands if "--no-deps" not in command]
    assert len(fetching) == 2
    assert all("--require-hashes" in command and ".lock" in command for command in fetching)
    assert all("wheels/*.whl" in command for command in commands if command not in fetching), "only what was built here"
    assert "--no-build-isolation" in text


def test_no_image_is_taken_by_a_name_that_may_mean_another_tomorrow() -> None:
    dockerfile = (ROOT / "deploy/Dockerfile").read_text()
    assert set(re.findall(r"^FROM (\S+)", dockerfile, re.M)) == {"${PYTHON_IMAGE}"}
    assert "ARG PYTHON_IMAGE\n" in dockerfile, "no default: whoever builds it names a digest"
    assert "*@sha256:" in dockerfile
    services = yaml.safe_load((ROOT / "deploy/compose.yaml").read_text())["services"]
    images = {service["image"] for service in services.values()} - {"phoenix-scanner:0.1.0"}
    assert images == {f"${{{name}_IMAGE:?}}" for name in ("POSTGRES", "VALKEY", "BUSYBOX", "MINIO")}


def test_nothing_makes_ray_slow_to_import() -> None:
    """jsonschema 4.26 imports rfc3987-syntax where it is installed: three seconds for every process of a cluster."""
    assert importlib.util.find_spec("jsonschema") is not None
    assert importlib.util.find_spec("rfc3987_syntax") is None
