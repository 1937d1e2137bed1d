"""Deploying, with a Serve that only talks."""

import importlib
import logging
from typing import Any

import pytest

from cluster.settings import load_settings
from serve_app import deployment
from serve_app.edge_settings import EdgeSettings
from serve_app.embedded import local_ray


def test_a_start_that_goes_well_says_nothing(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    log = logging.getLogger("ray.serve")
    monkeypatch.setattr(log, "propagate", True)
    caplog.set_level(logging.INFO, log.name)

    def talk(*_arguments: Any, **_options: Any) -> None:
        log.info("what went well")
        log.warning("what did not")

    monkeypatch.setattr(deployment.serve, "start", talk)
    monkeypatch.setattr(deployment.serve, "run", talk)
    stores = {"database_url": "sqlite:///unused.db", "storage_url": "file:///unused"}
    settings = load_settings(api_key="test", secret_key="s" * 40, phoenix_api_url="http://127.0.0.1:9", **stores)
    deployment.deploy(settings, EdgeSettings(), host="127.0.0.1", port=1)
    assert {record.message for record in caplog.records} == {"what did not"}


def test_what_is_silenced_of_ray_is_there() -> None:
    assert importlib.import_module(local_ray._PRAISES_ITSELF).logger.name == local_ray._PRAISES_ITSELF
