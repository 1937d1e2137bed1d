"""Credentials go where they were given for, and nowhere else."""

from typing import Any

import pytest

from cluster.accounts import Accounts
from cluster.settings import load_settings
from jobs_store.errors import SecretError
from jobs_store.jobs import Credentials
from scanner.phoenix.credentials import PhoenixCredentials

OURS, THEIRS = "https://phoenix.example", "https://other.example/api"


def accounts(**changed: Any) -> Accounts:
    given = {
        "api_key": "k",
        "secret_key": "s",
        "database_url": "sqlite:///x",
        "storage_url": "file:///y",
        "phoenix_client_id": "configured-id",
        "phoenix_client_secret": "configured-secret",
        "phoenix_api_url": OURS,
        "phoenix_allowed_urls": THEIRS,
    } | changed
    return Accounts(load_settings(**given), None)  # type: ignore[arg-type]  # no database is asked


CONFIGURED = PhoenixCredentials(OURS, "configured-id", "configured-secret")


@pytest.mark.parametrize("url", [None, OURS, "https://PHOENIX.example:443/"])
def test_a_job_without_credentials_has_the_configured_ones_at_the_configured_url(url: str | None) -> None:
    assert accounts().of_job(Credentials(None, None, url)) == CONFIGURED


def test_a_jobs_own_go_to_its_url() -> None:
    assert accounts().of_job(Credentials("id", "secret", THEIRS)) == PhoenixCredentials(THEIRS, "id", "secret")
    assert accounts().of_job(Credentials("id", "secret", None)) == PhoenixCredentials(OURS, "id", "secret")


@pytest.mark.parametrize(
    "own",
    [
        Credentials(None, None, THEIRS),
        Credentials("id", None, THEIRS),
        Credentials(None, "secret", THEIRS),
        Credentials("id", None, None),
        Credentials(None, "secret", OURS),
    ],
)
def test_configured_credentials_complete_nobody_elses(own: Credentials) -> None:
    with pytest.raises(SecretError):
        accounts().of_job(own)


def test_where_the_configured_url_has_changed_since_the_upload_nothing_goes_to_another() -> None:
    """On a retry as well: each run of a job asks anew."""
    now = accounts(phoenix_api_url="https://new.example")
    with pytest.raises(SecretError, match="go to no other URL"):
        now.of_job(Credentials(None, None, OURS))
    assert now.of_job(Credentials("id", "secret", OURS)) == PhoenixCredentials(OURS, "id", "secret")
