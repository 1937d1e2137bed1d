"""A body cut again because Phoenix found it too large leaves what it would have left whole."""

import asyncio

import httpx
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scripted_http import scripted_http

from scanner.batching.bodies import asset_json, assets_json, request_body
from scanner.model import AssetType, ImportType
from scanner.phoenix.budget import AdaptiveBudget
from scanner.phoenix.client import PhoenixClient
from scanner.phoenix.credentials import PhoenixCredentials
from scanner.phoenix.errors import PayloadTooLargeError
from scanner.phoenix.sandbox.checks import read_import
from scanner.phoenix.sandbox.state import Assessments
from scanner.phoenix.tokens import LocalTokens

CREDENTIALS = PhoenixCredentials("http://phoenix.example", "client", "secret")
scans = st.dictionaries(st.integers(0, 6), st.sets(st.integers(0, 8)), max_size=6)
import_types = st.sampled_from(list(ImportType))


class StrictPhoenix:
    """The sandbox's memory behind a limit of body size; each import is done when it is answered."""

    def __init__(self, state: Assessments, max_bytes: int) -> None:
        self.state = state
        self.max_bytes = max_bytes

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/v1/auth/access_token":
            return httpx.Response(200, json={"token": "t"})
        if len(request.content) > self.max_bytes:
            return httpx.Response(413)
        apply(self.state, request.content)
        return httpx.Response(200)


def apply(state: Assessments, body: bytes) -> None:
    request = read_import(body)
    state.apply(request.import_type, request.assessment, request.assets)


def encoded(scan: dict[int, set[int]]) -> bytes:
    return assets_json(
        [
            asset_json(
                msgspec.json.encode({"attributes": {"ip": f"10.0.0.{number}"}})[:-1],
                [
                    msgspec.json.encode({"name": f"CVE-{n}", "description": "d", "remedy": "r", "severity": 5.0})
                    for n in sorted(found)
                ],
            )
            for number, found in scan.items()
        ]
    )


async def send(phoenix: StrictPhoenix, assets: bytes, import_type: ImportType) -> None:
    async with scripted_http(phoenix) as http:
        client = PhoenixClient(CREDENTIALS, LocalTokens(CREDENTIALS, http), AdaptiveBudget(), http)
        await client.import_batch(
            import_type=import_type, assessment_name="nightly", asset_type=AssetType.INFRA, assets_json=assets
        )


@given(prior=scans, scan=scans, import_type=import_types, max_bytes=st.integers(220, 900), repeated=st.booleans())
def test_a_body_sent_in_parts_leaves_what_it_would_have_left_whole(prior, scan, import_type, max_bytes, repeated):
    expected, actual = Assessments(), Assessments()
    for state in (expected, actual):
        apply(state, request_body(ImportType.NEW, "nightly", AssetType.INFRA, encoded(prior)))
    apply(expected, request_body(import_type, "nightly", AssetType.INFRA, encoded(scan)))

    for _ in range(1 + repeated):
        asyncio.run(send(StrictPhoenix(actual, max_bytes), encoded(scan), import_type))

    assert actual.snapshot() == expected.snapshot()


def test_a_limit_that_no_finding_fits_ends_in_an_error():
    phoenix = StrictPhoenix(Assessments(), 100)

    with pytest.raises(PayloadTooLargeError, match="CVE-1"):
        asyncio.run(send(phoenix, encoded({1: {1, 2, 3}}), ImportType.MERGE))
