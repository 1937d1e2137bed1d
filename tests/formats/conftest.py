"""The option that rewrites the accepted snapshots."""

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--accept-snapshots", action="store_true", help="write what the formats make of their samples")


@pytest.fixture(scope="session")
def accept_snapshots(request: pytest.FixtureRequest) -> bool:
    """Known only when pytest is given this folder; a run of everything compares."""
    return bool(request.config.getoption("--accept-snapshots", default=False))
