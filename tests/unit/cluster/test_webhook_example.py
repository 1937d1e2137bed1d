"""What docs/service-api.md tells receivers of webhooks is what the service does."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook

from cluster.settings import load_settings
from cluster.webhook_signing import webhook_secret

PAGE = (Path(__file__).parents[3] / "docs" / "service-api.md").read_text().partition("### Verifying it")[2]


@pytest.fixture
def receiver() -> dict[str, Any]:
    """The functions of the page."""
    code = re.search(r"```python\n(.*?)```", PAGE, re.DOTALL)
    assert code is not None
    functions: dict[str, Any] = {}
    exec(code[1], functions)  # ours
    return functions


def example() -> tuple[str, dict[str, str], bytes]:
    secret = re.search(r"`(whsec_[^`]{20,})` this request", PAGE)
    request = re.search(r"```http\n(.*?)\n\n(.*?)\n```", PAGE, re.DOTALL)
    assert secret is not None
    assert request is not None
    headers = dict(line.split(": ", 1) for line in request[1].splitlines()[1:])
    return secret[1], headers, request[2].encode()


def test_the_example_is_genuine_and_nothing_like_it(receiver: dict[str, Any]) -> None:
    secret, headers, body = example()
    sent = float(headers["webhook-timestamp"])
    assert receiver["verify"](secret, headers, body, sent + 10)
    assert not receiver["verify"](secret, headers, body + b" ", sent)
    assert not receiver["verify"](secret, headers | {"webhook-id": "msg_other"}, body, sent)
    assert not receiver["verify"]("whsec_" + "A" * 44, headers, body, sent)
    assert not receiver["verify"](secret, headers, body, sent + 3600)


def test_the_service_signs_as_the_example_verifies(receiver: dict[str, Any]) -> None:
    secret, headers, body = example()
    moment = datetime.fromtimestamp(int(headers["webhook-timestamp"]), UTC)
    assert Webhook(secret).sign(headers["webhook-id"], moment, body.decode()) == headers["webhook-signature"]


def test_a_secret_that_is_not_set_is_made_as_the_page_says(receiver: dict[str, Any]) -> None:
    settings = load_settings(api_key="k", secret_key="new, old", database_url="sqlite:///x", storage_url="file:///y")
    assert receiver["derived_secret"]("new, old") == webhook_secret(settings)
