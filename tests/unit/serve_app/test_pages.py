"""Pages run their own scripts and nothing else; every other answer runs none."""

import hashlib
import re
from base64 import b64encode
from collections.abc import Callable
from dataclasses import replace

import httpx
import lxml.html
import pytest

from serve_app.answering.pages import content_policy
from serve_app.edge_settings import EdgeSettings
from serve_app.wiring import Wiring

Connect = Callable[[Wiring], httpx.AsyncClient]
PAGES = ["/", "/docs"]


def hashed(text: str) -> str:
    return f"'sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


@pytest.mark.parametrize("path", PAGES)
async def test_a_page_runs_what_it_has_and_loads_what_there_is(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path)
    policy = dict(part.split(" ", 1) for part in answer.headers["content-security-policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert "unsafe" not in str(policy)
    assert policy["frame-ancestors"] == "'none'"
    for element in lxml.html.fromstring(answer.text).iter("script", "style"):
        if (element.text or "").strip():
            assert hashed(element.text) in policy[f"{element.tag}-src"].split()
    assert not re.search(r"\son\w+=|\sstyle=|javascript:", answer.text)  # no hash would allow these
    for address in re.findall(r'(?:src|href)="([^"]+)"', answer.text):
        assert "//" not in address
        assert (await client.get(address)).status_code == 200


@pytest.mark.parametrize("path", ["/api/v1/ping", "/openapi.json", "/nowhere", "/static-offline-docs/swagger-ui-bundle.js"])
async def test_what_is_no_page_runs_nothing(client: httpx.AsyncClient, path: str) -> None:
    assert (await client.get(path)).headers["content-security-policy"].startswith("default-src 'none'; base-uri 'none'")


def test_what_comes_into_a_page_later_is_not_in_its_policy() -> None:
    assert hashed("alert(1)") not in content_policy("<script>ours()</script>")
    assert hashed("ours()") in content_policy("<script>ours()</script>")


@pytest.mark.parametrize(
    ("given", "is_told"),
    [
        ({}, False),
        ({"public_url": "http://a"}, False),
        ({"public_url": "https://a"}, True),
        ({"tls_cert": "c", "tls_key": "k"}, True),
    ],
)
async def test_browsers_are_told_to_keep_to_tls_where_there_is_some(
    wiring: Wiring, connect: Connect, given: dict[str, str], is_told: bool
) -> None:
    async with connect(replace(wiring, edge=EdgeSettings(_env_file=None, **given))) as client:
        assert ("strict-transport-security" in (await client.get("/")).headers) is is_told


def test_a_certificate_comes_with_its_key() -> None:
    with pytest.raises(ValueError, match="come together"):
        EdgeSettings(_env_file=None, tls_cert="only")
