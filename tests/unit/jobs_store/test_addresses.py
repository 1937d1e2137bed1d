"""URLs are judged when they are opened, before anything connects, and errors show no password."""

import pytest

from jobs_store.database import open_database
from jobs_store.errors import InvalidAddressError
from jobs_store.storage import open_storage


@pytest.mark.parametrize(
    "url",
    [
        "postgres://user:pass@localhost/jobs",
        "postgresql://user:pass@localhost/jobs",
        "postgresql+psycopg://localhost/jobs",
        "sqlite:////tmp/never-made.db",
        "sqlite+aiosqlite:///never-made.db",
    ],
)
def test_opening_a_database_connects_to_nothing(url: str) -> None:
    open_database(url)


@pytest.mark.parametrize(
    "url", ["", "nonsense", "mysql://root:hunter2@localhost/jobs", "sqlite://", "sqlite:///:memory:", "what://user:hunter2@x"]
)
def test_other_databases_are_refused_without_showing_the_password(url: str) -> None:
    with pytest.raises(InvalidAddressError) as caught:
        open_database(url)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    "url", ["", "/tmp", "file://", "file:///", "file://host/x", "ftp://x/y", "s3://", "s3:///x", "s3://bucket?acces=1"]
)
def test_other_storage_is_refused(url: str) -> None:
    with pytest.raises(InvalidAddressError):
        open_storage(url)
