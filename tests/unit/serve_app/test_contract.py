"""Version 1 is frozen: what its clients rely on is written down beside this, and compared.

An addition is taken over by ``UPDATE_CONTRACT=1 python -m pytest tests/unit/serve_app/test_contract.py``; a break is not.
"""

import copy
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from openapi_contract import Contract, breaks, contract_of

from serve_app.app import create_app
from serve_app.wiring import Wiring

SNAPSHOT = Path(__file__).with_name("api_v1.json")


@pytest.fixture
def present(wiring: Wiring) -> Contract:
    contract: Contract = json.loads(json.dumps(contract_of(create_app(wiring).openapi(), "/api/v1/")))
    return contract


async def test_version_1_keeps_what_its_clients_rely_on(present: Contract) -> None:
    frozen = json.loads(SNAPSHOT.read_text())
    assert breaks(frozen, present) == [], "clients of /api/v1 would break: it goes into /api/v2, see docs/versions.md"
    if os.environ.get("UPDATE_CONTRACT"):
        SNAPSHOT.write_text(written(present))
        frozen = json.loads(SNAPSHOT.read_text())
    assert present == frozen, "an addition to /api/v1: take it over as the first lines of this file say"


def written(contract: Contract) -> str:
    """A line for each operation."""
    lines = (f"{json.dumps(name)}: {json.dumps(contract[name], sort_keys=True)}" for name in sorted(contract))
    return "{\n" + ",\n".join(lines) + "\n}\n"


def job_list(contract: Contract) -> Contract:
    return contract["GET /api/v1/jobs"]


def key_order(contract: Contract) -> Contract:
    return contract["POST /api/v1/keys"]["body"]["application/json"]


def job(contract: Contract) -> Contract:
    return contract["GET /api/v1/jobs/{job_id}"]["answers"]["200"]["application/json"]


BREAKING: dict[str, Callable[[Contract], object]] = {
    "POST /api/v1/upload is gone.": lambda c: c.pop("POST /api/v1/upload"),
    "GET /api/v1/jobs no longer takes the parameter query status.": lambda c: job_list(c)["parameters"].pop("query status"),
    "GET /api/v1/jobs now demands the parameter query page.": lambda c: job_list(c)["parameters"]["query page"].update(
        required=True
    ),
    "GET /api/v1/jobs demands a new parameter query new.": lambda c: job_list(c)["parameters"].update(
        {"query new": {"required": True, "schema": {}}}
    ),
    "GET /api/v1/jobs, parameter query page no longer takes a value of type integer.": lambda c: job_list(c)["parameters"][
        "query page"
    ]["schema"].update(types=["string"]),
    "POST /api/v1/keys, body now demands the field tenant.": lambda c: key_order(c)["required"].append("tenant"),
    "POST /api/v1/keys, body no longer has the field expires_at.": lambda c: key_order(c)["fields"].pop("expires_at"),
    "POST /api/v1/keys, body, field scopes, items no longer takes submit.": lambda c: key_order(c)["fields"]["scopes"]["items"][
        "values"
    ].remove("submit"),
    "GET /api/v1/jobs/{job_id}, answer 200 no longer has the field progress.": lambda c: job(c)["fields"].pop("progress"),
    "GET /api/v1/jobs/{job_id}, answer 200, field progress can now be of type null.": lambda c: job(c)["fields"][
        "progress"
    ].update(types=["null", "number"]),
    "GET /api/v1/jobs/{job_id}, answer 200 no longer always has the field filename.": lambda c: job(c)["required"].remove(
        "filename"
    ),
    "POST /api/v1/keys no longer answers 201.": lambda c: c["POST /api/v1/keys"]["answers"].pop("201"),
}


@pytest.mark.parametrize("sentence", BREAKING)
def test_what_breaks_a_client_is_said_in_a_sentence(sentence: str) -> None:
    frozen = json.loads(SNAPSHOT.read_text())
    changed = copy.deepcopy(frozen)
    BREAKING[sentence](changed)
    assert breaks(frozen, changed) == [sentence]


ADDITIONS: list[Callable[[Contract], object]] = [
    lambda c: c.update({"GET /api/v1/new": job_list(c)}),
    lambda c: job_list(c)["parameters"].update({"query new": {"required": False, "schema": {}}}),
    lambda c: key_order(c)["fields"].update(new={"types": ["string"]}),
    lambda c: job(c)["fields"].update(new={"types": ["string"]}),
    lambda c: job(c)["fields"]["status"]["values"].append("paused"),
    lambda c: key_order(c)["fields"]["scopes"]["items"]["values"].append("new"),
]


@pytest.mark.parametrize("add", ADDITIONS)
def test_an_addition_breaks_nobody(add: Callable[[Contract], object]) -> None:
    frozen = json.loads(SNAPSHOT.read_text())
    changed = copy.deepcopy(frozen)
    add(changed)
    assert breaks(frozen, changed) == []
    assert changed != frozen
