"""The client over real HTTP against the sandbox, on its good days and its bad ones."""

import asyncio
import time
from collections.abc import Awaitable, Callable

import msgspec
import pytest

from scanner.batching import AssetFindings, Limits, Piece, PlannedBatch, cut, order, overhead_bytes, request_body
from scanner.model import Asset, AssetType, ImportType, Tag
from scanner.phoenix.budget import AdaptiveBudget
from scanner.phoenix.calls import Surroundings
from scanner.phoenix.client import PhoenixClient
from scanner.phoenix.credentials import PhoenixCredentials
from scanner.phoenix.errors import ImportRefusedError, ImportRejectedError, PhoenixAuthError, PhoenixUnavailableError
from scanner.phoenix.exchange import phoenix_http
from scanner.phoenix.retrying import RetryPolicy
from scanner.phoenix.sandbox.checks import read_import
from scanner.phoenix.sandbox.faults import AnswerStyle, Faults, RetryAfter
from scanner.phoenix.sandbox.server import SandboxServer
from scanner.phoenix.sandbox.settings import SandboxSettings
from scanner.phoenix.sandbox.state import Assessments
from scanner.phoenix.tokens import LocalTokens

NAME = "nightly"
HASTE = 50
"""So many times faster does time pass for the client."""

BAD_DAY = Faults(
    rate_429=0.1,
    retry_after_seconds=1,
    rate_503=0.1,
    rate_broken=0.05,
    rate_lost_answers=0.3,
    rate_failed_polls=0.2,
    import_seconds=0.01,
    token_calls=25,
    max_body_bytes=3_000,
)


def fast_clock() -> float:
    return time.monotonic() * HASTE


async def fast_sleep(seconds: float) -> None:
    await asyncio.sleep(seconds / HASTE)


async def with_client(sandbox: SandboxServer, use: Callable[[PhoenixClient], Awaitable[None]], *, secret: str = "") -> None:
    credentials = PhoenixCredentials(sandbox.url, sandbox.client_id, secret or sandbox.client_secret)
    async with phoenix_http() as http:
        budget = AdaptiveBudget(clock=fast_clock, sleep=fast_sleep)
        surroundings = Surroundings(clock=fast_clock, sleep=fast_sleep)
        policy = RetryPolicy(failures=30)
        await use(
            PhoenixClient(credentials, LocalTokens(credentials, http), budget, http, policy=policy, surroundings=surroundings)
        )


def groups(findings: range) -> list[AssetFindings]:
    """Twenty assets, and one that exceeds a request."""
    return [_group(f"10.0.0.{n}", findings[n % 3 :]) for n in range(20)] + [
        _group("10.0.1.1", range(findings.start, findings.stop * 6))
    ]


def _group(ip: str, findings: range) -> AssetFindings:
    attributes = {"ip": ip}
    encoded = [
        msgspec.json.encode({"name": f"CVE-{n}", "description": "d" * 50, "remedy": "r", "severity": 5.0}) for n in findings
    ]
    head = msgspec.json.encode({"attributes": attributes})[:-1]
    return AssetFindings(Asset(AssetType.INFRA, attributes).key(), AssetType.INFRA, head, encoded)


def giant(found: list[AssetFindings], import_type: ImportType) -> bytes:
    (piece,) = cut(found, Limits(max_body_bytes=10**9), overhead_bytes=0)
    return request_body(import_type, NAME, AssetType.INFRA, piece.body)


def expected_state(*bodies: bytes) -> Assessments:
    state = Assessments()
    for body in bodies:
        request = read_import(body)
        state.apply(request.import_type, request.assessment, request.assets)
    return state


async def run_plan(client: PhoenixClient, found: list[AssetFindings], import_type: ImportType) -> None:
    """As parallel as the plan allows."""
    overhead = overhead_bytes(NAME)
    pieces = list(cut(found, Limits(max_assets=5, max_body_bytes=4_000), overhead_bytes=overhead))
    assert all(isinstance(piece, Piece) for piece in pieces)
    batches = order([piece.info(place) for place, piece in enumerate(pieces)], import_type)
    imported = {batch.number: asyncio.Event() for batch in batches}

    async def send(batch: PlannedBatch) -> None:
        for number in batch.needs:
            await imported[number].wait()
        await client.import_batch(
            import_type=batch.import_type,
            assessment_name=NAME,
            asset_type=batch.piece.asset_type,
            assets_json=pieces[batch.piece.place].body,
            awaited=any(batch.number in other.needs for other in batches),
        )
        imported[batch.number].set()

    async with asyncio.TaskGroup() as group:
        for batch in batches:
            group.create_task(send(batch))


@pytest.mark.parametrize("answers", list(AnswerStyle))
@pytest.mark.parametrize("import_type", list(ImportType))
async def test_on_a_bad_day_the_end_state_is_that_of_one_giant_request(import_type, answers):
    prior, scan = groups(range(8)), groups(range(4, 12))
    faults = msgspec.structs.replace(BAD_DAY, answers=answers)
    with SandboxServer(SandboxSettings(seed=1)) as sandbox:

        async def use(client: PhoenixClient) -> None:
            await run_plan(client, prior, ImportType.NEW)
            sandbox.faults = faults
            await run_plan(client, scan, import_type)

        await with_client(sandbox, use)
        actual = sandbox.snapshot()

    assert actual == expected_state(giant(prior, ImportType.NEW), giant(scan, import_type)).snapshot()


async def send_one(client: PhoenixClient) -> None:
    piece = next(iter(cut([_group("10.0.0.1", range(3))], Limits(), overhead_bytes=0)))
    await client.import_batch(
        import_type=ImportType.MERGE, assessment_name=NAME, asset_type=AssetType.INFRA, assets_json=piece.body
    )


async def test_on_a_good_day_one_batch_is_one_request():
    with SandboxServer() as sandbox:
        await with_client(sandbox, send_one)

        assert [record.findings for record in sandbox.requests() if record.route == "import"] == [3]


async def test_a_refused_body_says_where():
    async def use(client: PhoenixClient) -> None:
        with pytest.raises(ImportRefusedError, match="attributes"):
            await client.import_batch(
                import_type=ImportType.NEW,
                assessment_name=NAME,
                asset_type=AssetType.INFRA,
                assets_json=b'[{"attributes":{"dockerfile":"a"},"findings":[]}]',
            )

    with SandboxServer() as sandbox:
        await with_client(sandbox, use)


async def test_an_import_that_ends_in_error_is_rejected():
    async def use(client: PhoenixClient) -> None:
        with pytest.raises(ImportRejectedError):
            await send_one(client)

    with SandboxServer(SandboxSettings(faults=Faults(rate_import_errors=1.0))) as sandbox:
        await with_client(sandbox, use)


async def test_wrong_credentials_are_found_by_check():
    async def use(client: PhoenixClient) -> None:
        with pytest.raises(PhoenixAuthError):
            await client.check()

    with SandboxServer() as sandbox:
        await with_client(sandbox, use, secret="wrong")


async def test_a_server_that_is_gone_is_unavailable():
    with SandboxServer() as sandbox:
        url = sandbox.url
    credentials = PhoenixCredentials(url, "client", "secret")
    async with phoenix_http() as http:
        with pytest.raises(PhoenixUnavailableError):
            await PhoenixClient(credentials, LocalTokens(credentials, http), AdaptiveBudget(), http).check()


async def test_a_token_that_expires_on_the_way_costs_one_more():
    async def use(client: PhoenixClient) -> None:
        await send_one(client)
        sandbox.expire_tokens()
        await send_one(client)

    with SandboxServer() as sandbox:
        await with_client(sandbox, use)

        assert len([record for record in sandbox.requests() if record.route == "token"]) == 2


async def test_a_retry_after_as_a_date_is_understood():
    waits = []

    async def noting_sleep(seconds: float) -> None:
        waits.append(seconds)
        sandbox.faults = Faults()
        await asyncio.sleep(0)

    with SandboxServer(
        SandboxSettings(faults=Faults(rate_429=1.0, retry_after=RetryAfter.DATE, retry_after_seconds=60))
    ) as sandbox:
        credentials = PhoenixCredentials(sandbox.url, sandbox.client_id, sandbox.client_secret)
        async with phoenix_http() as http:
            client = PhoenixClient(
                credentials,
                LocalTokens(credentials, http),
                AdaptiveBudget(clock=lambda: 1000.0 * len(waits), sleep=noting_sleep),
                http,
                surroundings=Surroundings(sleep=noting_sleep, chance=lambda: 0.0),
            )
            await send_one(client)

    assert 58 <= waits[0] <= 61


async def test_tags_reach_the_assets_that_phoenix_has():
    with SandboxServer() as sandbox:

        async def use(client: PhoenixClient) -> None:
            await send_one(client)
            (assets,) = sandbox.snapshot().values()
            await client.add_tags([Tag("prod", "env")], list(assets))

        await with_client(sandbox, use)
        ((asset,),) = [list(assets.values()) for assets in sandbox.snapshot().values()]

    assert [(tag.key, tag.value) for tag in asset.tags] == [("env", "prod")]
