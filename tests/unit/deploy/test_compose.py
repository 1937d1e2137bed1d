"""``deploy/compose.yaml`` is what the specification of Compose says, and nothing in it is open by default."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from compose_spec import PyCompose

FOLDER = Path(__file__).parents[3] / "deploy"
TEXT = (FOLDER / "compose.yaml").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load(TEXT)
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
TRUSTED_WITH_ROOT = {"objects-volume"}
"""Changes the owner of a volume and ends."""


def test_it_is_a_compose_file() -> None:
    dumped = yaml.safe_dump(COMPOSE)  # the library does not know YAML's merge keys, nor variables in images
    merged = PyCompose.from_yaml(re.sub(r"\$\{\w+_IMAGE:\?\}", "image:1", dumped))
    merged.validate()
    assert set(merged.service_names()) == set(SERVICES)


@pytest.mark.parametrize("name", SERVICES)
def test_services_are_locked_down(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert (service["user"] == "root") == (name in TRUSTED_WITH_ROOT)
    assert not service.get("privileged")
    assert ":" in service["image"]


def test_only_the_api_has_a_port_and_only_on_loopback() -> None:
    ports = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert ports == {"head": ["127.0.0.1:8000:8000"]}
    assert COMPOSE["networks"]["stores"] == {"internal": True}
    stores = {name for name, service in SERVICES.items() if service.get("networks") == ["stores"]}
    assert stores == {"bucket", "postgres", "valkey", "objects"}


def test_every_password_must_be_given() -> None:
    given = {line.split("=")[0] for line in (FOLDER / ".env.example").read_text().splitlines() if re.match(r"[A-Z]", line)}
    asked = re.findall(r"(?<!\$)\$\{(\w+)(.*?)\}", TEXT)
    assert {name for name, _ in asked} == given
    assert {rest for _, rest in asked} == {":?"}, "no defaults"


def test_no_password_is_an_argument() -> None:
    for service in SERVICES.values():
        words = " ".join(map(str, service.get("command", [])))
        assert not re.search(r"--?(requirepass|password)\S*[ =]", words)


def test_the_image_is_built_of_what_exists_and_runs_as_nobody_in_particular() -> None:
    dockerfile = (FOLDER / "Dockerfile").read_text()
    copied = [line.split()[1:-1] for line in dockerfile.splitlines() if re.match(r"COPY (?!--from)", line)]
    sources = [word for words in copied for word in words if not word.startswith("--")]
    assert sources
    assert all((FOLDER.parent / source).exists() for source in sources)
    allowed = {line[1:] for line in (FOLDER / "Dockerfile.dockerignore").read_text().splitlines() if line.startswith("!")}
    assert set(sources) == allowed
    assert re.findall(r"^USER (.*)$", dockerfile, re.M) == ["10001:10001"]
