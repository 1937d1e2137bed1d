"""Sending to the Phoenix API what has been cut into requests."""

from collections.abc import Sequence
from urllib.parse import quote

import aiohttp
import msgspec

from scanner.batching.bodies import request_body
from scanner.batching.splitting import name_of, split
from scanner.model import AssetType, ImportType, Tag
from scanner.phoenix.answers import ImportStatus, import_status, request_id
from scanner.phoenix.budget import RequestBudget
from scanner.phoenix.calls import ApiCalls, Call, Surroundings
from scanner.phoenix.credentials import PhoenixCredentials
from scanner.phoenix.errors import (
    ImportRejectedError,
    ImportTimeoutError,
    PayloadTooLargeError,
    PhoenixAuthError,
    PhoenixError,
)
from scanner.phoenix.import_result import ImportResult
from scanner.phoenix.observing import NoObserver, Observer
from scanner.phoenix.polling import PollSchedule
from scanner.phoenix.retrying import RetryPolicy
from scanner.phoenix.sending import BodyLimit, NoLimit, Sending
from scanner.phoenix.tokens import TokenSource


class _TagsBody(msgspec.Struct, rename="camel"):
    tags: Sequence[Tag]
    asset_ids: Sequence[str]


class PhoenixClient:
    """The Phoenix API of one tenant. Keeps nothing between calls: any number of imports may be under way at once."""

    def __init__(
        self,
        credentials: PhoenixCredentials,
        tokens: TokenSource,
        budget: RequestBudget,
        http: aiohttp.ClientSession,
        *,
        policy: RetryPolicy | None = None,
        schedule: PollSchedule | None = None,
        surroundings: Surroundings | None = None,
        limit: BodyLimit | None = None,
        observer: Observer | None = None,
    ) -> None:
        self._tokens = tokens
        self._limit = limit or NoLimit()
        self._schedule = schedule or PollSchedule()
        self._surroundings = surroundings or Surroundings()
        self._calls = ApiCalls(
            credentials,
            tokens,
            budget,
            http,
            policy=policy or RetryPolicy(),
            surroundings=self._surroundings,
            observer=observer or NoObserver(),
        )

    async def import_batch(
        self,
        *,
        import_type: ImportType,
        assessment_name: str,
        asset_type: AssetType,
        assets_json: bytes,
        awaited: bool = True,
        sending: Sending | None = None,
    ) -> ImportResult:
        """Returns when all of it is IMPORTED; sending the same again leaves the same state.

        A body that Phoenix finds too large, or is known to find so, is sent in parts, in the order that does what the whole
        would have done. ``awaited`` says whether other batches need this one: if so, it takes longer after an answer was lost.
        ``sending`` is told how far it is, and may end it.

        Raises PhoenixUnavailableError (retryable) when the allowance of repetitions is used up, GivenUpError where ``sending``
        ended it, else a permanent PhoenixError; of a body sent in parts, earlier ones are imported by then.
        """
        sending = sending or Sending()
        body = request_body(import_type, assessment_name, asset_type, assets_json)
        settle = awaited and import_type is not ImportType.DELTA
        size_bytes = len(body)
        halves = None if await self._limit.fits(size_bytes) else split(assets_json, import_type)
        if halves is None:
            try:
                return await self._import_whole(body, sending, settle=settle)
            except PayloadTooLargeError:
                sending.too_large.append(size_bytes)
                await self._limit.found_too_large(size_bytes)
                halves = split(assets_json, import_type)
                if halves is None:
                    raise PayloadTooLargeError(name_of(assets_json), size_bytes) from None
        del body
        requests, request_ids = 0, list[str]()
        for half, half_awaited in zip(halves, (True, awaited), strict=True):
            result = await self.import_batch(
                import_type=half.import_type,
                assessment_name=assessment_name,
                asset_type=asset_type,
                assets_json=half.assets,
                awaited=half_awaited,
                sending=sending,
            )
            requests += result.requests
            request_ids += result.request_ids
        return ImportResult(requests, tuple(request_ids), tuple(sending.too_large))

    async def _import_whole(self, body: bytes, sending: Sending, *, settle: bool) -> ImportResult:
        try:
            posted = await self._calls.repeated(Call("POST", "/v1/import/assets", body), sending)
        except PayloadTooLargeError:
            sending.refused()
            raise
        accepted = request_id(posted.answer)
        if accepted is not None:
            await self.wait_imported(accepted)
        if settle and posted.maybe_acted_before:
            # The try whose answer was lost may have been accepted too, and imports finish in any order: were it to
            # finish after a batch that needs this one, it would close what that one brought. Its id is lost with
            # the answer, so it can only be given time.
            took = self._surroundings.clock() - posted.sent_at
            await self._surroundings.sleep(self._schedule.settling(took))
        sending.arrived()
        return ImportResult(1, () if accepted is None else (accepted,))

    async def wait_imported(self, accepted: str) -> None:
        """Returns when the import with this request id is IMPORTED; holds no place in the budget while it waits.

        A failed look at the status says nothing about the import and is repeated. Raises ImportRejectedError,
        ImportTimeoutError, and PhoenixAuthError when nobody may look any more.
        """
        path = "/v1/import/assets/file/translate/request/"
        call = Call("GET", path + quote(accepted, safe=""), route=path + "{id}")
        started = self._surroundings.clock()
        patience = self._schedule.timeout_seconds
        for pause in self._schedule.pauses():
            waited = self._surroundings.clock() - started
            if waited >= patience:
                raise ImportTimeoutError(accepted, waited)
            await self._surroundings.sleep(min(pause, patience - waited))
            try:
                status, text = import_status(await self._calls.once(call))
            except PhoenixAuthError:
                raise
            except PhoenixError:
                continue
            match status:
                case ImportStatus.IMPORTED:
                    return
                case ImportStatus.ERROR:
                    raise ImportRejectedError(accepted, text)

    async def add_tags(self, tags: Sequence[Tag], asset_ids: Sequence[str]) -> None:
        """Adds tags to assets that Phoenix has, by its ids of them; doing so again changes nothing."""
        content = msgspec.json.encode(_TagsBody(tags, asset_ids))
        await self._calls.repeated(Call("PUT", "/v1/assets/tags", content))

    async def check(self) -> None:
        """Whether there is a Phoenix API and it takes the credentials; raises the PhoenixError that says what is wrong.

        Not repeated, and changes nothing in the tenant.
        """
        await self._tokens.token()
