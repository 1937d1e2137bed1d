"""A unit test cannot start Ray: it would take seconds, and hide that a decision is not pure."""

import pytest


class RayInUnitTestError(Exception):
    """A unit test tried to start or join a Ray cluster."""


@pytest.fixture(autouse=True)
def _no_ray(monkeypatch: pytest.MonkeyPatch) -> None:
    import ray

    def refuse(*_args: object, **_kwargs: object) -> None:
        raise RayInUnitTestError("unit tests run without Ray; move this test to tests/integration")

    monkeypatch.setattr(ray, "init", refuse)
