"""The sandbox's own routes, under /sandbox: what it holds, what came, and what it shall do to requests. They need no token."""

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from scanner.model import AssetType
from scanner.phoenix.sandbox.answers import Complaint, Json, refused
from scanner.phoenix.sandbox.errors import BodyRefusedError
from scanner.phoenix.sandbox.faults import Faults
from scanner.phoenix.sandbox.refusal import explain
from scanner.phoenix.sandbox.sandbox import Sandbox
from scanner.phoenix.sandbox.snapshot import AssessmentSummary, FindingState


class SandboxState(msgspec.Struct, frozen=True, rename="camel"):
    assessments: list[AssessmentSummary]
    imports_under_way: int
    requests: dict[str, int]
    """How many got which answer, by "<route> <status>"; status 0 is a connection that was closed instead."""
    peak_in_flight: dict[str, int]


class FindingsQuery(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    assessment: str | None = None
    asset_type: AssetType | None = None
    state: FindingState | None = None


class Inspection:
    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    def routes(self) -> list[Route]:
        return [
            Route("/sandbox/state", self._state, methods=["GET"]),
            Route("/sandbox/findings", self._findings, methods=["GET"]),
            Route("/sandbox/requests", self._requests, methods=["GET"]),
            Route("/sandbox/faults", self._faults, methods=["GET"]),
            Route("/sandbox/faults", self._set_faults, methods=["PUT"]),
            Route("/sandbox/tokens/expire", self._expire_tokens, methods=["POST"]),
            Route("/sandbox/reset", self._reset, methods=["POST"]),
        ]

    async def _state(self, request: Request) -> Response:
        log = self._sandbox.log
        return Json(
            SandboxState(
                assessments=await run_in_threadpool(self._sandbox.memory.summary),
                imports_under_way=self._sandbox.imports.under_way,
                requests={f"{route} {status}": count for (route, status), count in sorted(log.statuses.items())},
                peak_in_flight={route.value: peak for route, peak in sorted(log.peak_in_flight.items())},
            )
        )

    async def _findings(self, request: Request) -> Response:
        try:
            query = msgspec.convert(dict(request.query_params), FindingsQuery)
        except msgspec.ValidationError as error:
            return Json(Complaint(str(error)), 400)
        lines = self._sandbox.memory.lines(name=query.assessment, asset_type=query.asset_type, state=query.state)
        return StreamingResponse(lines, media_type="application/x-ndjson")

    async def _requests(self, request: Request) -> Response:
        return Json(self._sandbox.log.records())

    async def _faults(self, request: Request) -> Response:
        return Json(self._sandbox.faults)

    async def _set_faults(self, request: Request) -> Response:
        """All of them: what the body leaves out takes its default."""
        body = await request.body()
        try:
            self._sandbox.faults = msgspec.json.decode(body, type=Faults)
        except msgspec.DecodeError:
            return refused(BodyRefusedError(tuple(explain(body, Faults, "$"))))
        return Json(self._sandbox.faults)

    async def _expire_tokens(self, request: Request) -> Response:
        self._sandbox.tokens.expire_all()
        return Response(status_code=204)

    async def _reset(self, request: Request) -> Response:
        await self._sandbox.reset()
        return Response(status_code=204)
