"""The routes of the real API, each behind the same gate of faults, tokens and limits."""

import asyncio
import base64
import binascii
import math
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route as HttpRoute

from scanner.phoenix.sandbox.answers import Complaint, DroppedConnection, Json, refused, throttled, unauthorized
from scanner.phoenix.sandbox.checks import read_import, read_tags
from scanner.phoenix.sandbox.errors import BodyRefusedError, BodyTooLargeError
from scanner.phoenix.sandbox.faults import AnswerStyle, Decision, Faults, Route, Verdict, decide
from scanner.phoenix.sandbox.request import ImportRequest
from scanner.phoenix.sandbox.request_log import RequestRecord
from scanner.phoenix.sandbox.sandbox import Sandbox

_STALL_POLL_SECONDS = 0.02


@dataclass(frozen=True, kw_only=True)
class _Call:
    """A request past the reading of its body."""

    request: Request
    body: bytes
    faults: Faults
    decision: Decision
    record: RequestRecord


_Answer = Callable[[_Call], Awaitable[Response]]


class PhoenixApi:
    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    def routes(self) -> list[HttpRoute]:
        status = "/v1/import/assets/file/translate/request/{request_id}"
        return [
            HttpRoute("/v1/auth/access_token", self._behind(Route.TOKEN, self._issue_token), methods=["GET"]),
            HttpRoute("/v1/import/assets", self._behind(Route.IMPORT, self._import), methods=["POST"]),
            HttpRoute(status, self._behind(Route.STATUS, self._status), methods=["GET"]),
            HttpRoute("/v1/assets/tags", self._behind(Route.TAGS, self._add_tags), methods=["PUT"]),
        ]

    def _behind(self, route: Route, answer: _Answer) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            with self._sandbox.log.visit(route, self._sandbox.clock()) as record:
                response = await self._visit(request, record, answer)
                record.status = 0 if isinstance(response, DroppedConnection) else response.status_code
                record.seconds = self._sandbox.clock() - record.time
                return response

        return endpoint

    async def _visit(self, request: Request, record: RequestRecord, answer: _Answer) -> Response:
        faults = self._sandbox.faults
        decision = decide(faults, seed=self._sandbox.settings.seed, number=record.number, route=record.route)
        record.verdict = decision.verdict
        if record.route is Route.IMPORT and faults.max_in_flight and record.in_flight > faults.max_in_flight:
            record.verdict = Verdict.THROTTLED
        try:
            body = await _read(request, record, faults.max_body_bytes)
        except ClientDisconnect:
            return Json(Complaint("the client left before the end of its body"), 400)
        await self._sandbox.sleep(decision.latency_seconds)
        while self._stalls():
            await self._sandbox.sleep(_STALL_POLL_SECONDS)  # the faults may be replaced from any thread
        match record.verdict:
            case Verdict.THROTTLED:
                return throttled(faults, self._sandbox.clock())
            case Verdict.UNAVAILABLE:
                return Json(Complaint("the service is not available"), 503)
            case Verdict.BROKEN:
                return DroppedConnection()
        if record.route is not Route.TOKEN and not self._sandbox.tokens.spend(_bearer(request)):
            return unauthorized("no valid token: it may have expired", "Bearer")
        if record.bytes > faults.max_body_bytes:
            return Json(Complaint(str(BodyTooLargeError("bytes", faults.max_body_bytes, record.bytes))), 413)
        response = await answer(_Call(request=request, body=body, faults=faults, decision=decision, record=record))
        return DroppedConnection() if record.verdict is Verdict.ANSWER_LOST and response.status_code < 300 else response

    def _stalls(self) -> bool:
        faults = self._sandbox.faults
        return faults.stalled or (faults.stalled_after is not None and self._sandbox.imports.accepted >= faults.stalled_after)

    async def _issue_token(self, call: _Call) -> Response:
        settings = self._sandbox.settings
        given = _basic(call.request)
        if not secrets.compare_digest(given, f"{settings.client_id}:{settings.client_secret}".encode()):
            return unauthorized("unknown client id or wrong secret", "Basic")
        token, expiry = self._sandbox.tokens.issue(seconds=call.faults.token_seconds, calls=call.faults.token_calls)
        return Json({"token": token, "expiry": expiry} if call.faults.token_expiry_told else {"token": token})

    async def _import(self, call: _Call) -> Response:
        if call.request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            return Json(Complaint("Content-Type must be application/json"), 400)
        if "content-encoding" in call.request.headers:
            return Json(Complaint("the body must not be encoded: no Content-Encoding"), 400)
        try:
            request = await asyncio.to_thread(read_import, call.body, max_assets=call.faults.max_assets)
        except BodyRefusedError as error:
            return refused(error)
        except BodyTooLargeError as error:
            return Json(Complaint(str(error)), 413)
        self._describe(call.record, request)
        if call.faults.answers is AnswerStyle.SYNC:
            await self._sandbox.sleep(call.decision.import_seconds)
            await self._sandbox.memory.apply(request)
            return Response(status_code=200)
        stuck = call.faults.stuck_after is not None and self._sandbox.imports.accepted >= call.faults.stuck_after
        seconds, fails = math.inf if stuck else call.decision.import_seconds, call.decision.import_fails
        call.record.request_id = self._sandbox.imports.accept(request, seconds=seconds, fails=fails)
        return Json({"id": call.record.request_id}, 201)

    def _describe(self, record: RequestRecord, request: ImportRequest) -> None:
        record.import_type = request.import_type
        record.assessment, record.asset_type = request.assessment
        record.assets, record.findings = len(request.assets), request.findings
        record.overlaps_new = self._sandbox.imports.new_under_way(request.assessment)

    async def _status(self, call: _Call) -> Response:
        request_id: str = call.request.path_params["request_id"]
        call.record.request_id = request_id
        state = self._sandbox.imports.status(request_id)
        return Json(Complaint("no import has this id"), 404) if state is None else Json(state)

    async def _add_tags(self, call: _Call) -> Response:
        try:
            body = read_tags(call.body)
        except BodyRefusedError as error:
            return refused(error)
        keys = {text: _asset_key(text) for text in body.asset_ids}
        unknown = {key.hex() for key in self._sandbox.memory.add_tags(body.tags, list(keys.values()))}
        if missing := [text for text, key in keys.items() if key.hex() in unknown]:
            return Json(Complaint(f"no asset has the id {', '.join(missing)}"), 404)
        return Response(status_code=200)


async def _read(request: Request, record: RequestRecord, limit: int) -> bytes:
    """The body, or nothing of one that is too large; read to its end either way, so that the client gets to hear the answer."""
    chunks: list[bytes] = []
    async for chunk in request.stream():
        record.bytes += len(chunk)
        if record.bytes <= limit:
            chunks.append(chunk)
        else:
            chunks.clear()
    return b"".join(chunks)


def _bearer(request: Request) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _basic(request: Request) -> bytes:
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    try:
        return base64.b64decode(encoded, validate=True) if scheme.lower() == "basic" else b""
    except binascii.Error:
        return b""


def _asset_key(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        return text.encode()  # as good as any key that no asset has
