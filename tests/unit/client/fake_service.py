"""A small service that speaks the contract of docs/service-api.md, with faults on request; runs in a thread on a free port."""

import asyncio
import hashlib
import json
import socket
import threading
from collections import deque
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

import uvicorn
from starlette.applications import Starlette
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

KEY = "test-key"
NOW = "2026-01-02T03:04:05Z"
LATER = "2026-01-02T03:04:07Z"
REPORT = b"\x00as it was sent" * 20_000


@dataclass
class Faults:
    """What goes wrong; a test sets the fields before it asks."""

    answers: deque[tuple[int, dict[str, str]]] = field(default_factory=deque)
    """Status and headers with which the next requests are refused."""
    lost_answers: int = 0
    """Uploads that are taken, but answered with a gateway's 502."""
    breaks: deque[int] = field(default_factory=deque)
    """After how many events of the job each next WebSocket breaks off."""
    sockets: str = "open"
    """``open``; ``blocked``: no handshake succeeds; ``silent``: a handshake, and then nothing; ``garbled``: not JSON."""
    outcome: str = "completed"
    endless: bool = False
    """The job's last event does not come until the job is cancelled."""


@dataclass
class FakeJob:
    job_id: str
    filename: str
    size: int
    sha256: str
    fields: dict[str, str]
    status: str = "processing"
    events: list[dict[str, Any]] = field(default_factory=list)

    def document(self) -> dict[str, Any]:
        ended = self.status in ("completed", "failed", "cancelled")
        completed = self.status == "completed"
        return {
            "job_id": self.job_id,
            "status": self.status,
            "progress": 100.0 if completed else 40.0,
            "current_step": "translate shard 2/5",
            "created_at": NOW,
            "started_at": NOW,
            "completed_at": LATER if ended else None,
            "filename": self.filename,
            "file_size_bytes": self.size,
            "scanner_type": self.fields.get("scanner_type", "trivy"),
            "asset_type": "CONTAINER",
            "import_type": self.fields.get("import_type", "new"),
            "assessment_name": "TRIVY-report",
            "assets_imported": 3 if completed else None,
            "vulnerabilities_imported": 1200 if completed else None,
            "skipped": 2,
            "merged": 1,
            "dismissed": {"fixed": 1, "suppressed": 1200},
            "error_message": "Phoenix said no" if self.status == "failed" else None,
            "error_traceback": None,
            "batch_summary": None,
            "recent_logs": ["received", "detected trivy"],
            "added_later": {"clients": "ignore this"},
        }

    def happen(self, kind: str, **data: Any) -> None:
        frame = {"type": kind, "job_id": self.job_id, "timestamp": NOW, "seq": len(self.events) + 1, "data": data}
        self.events.append(frame)

    def end(self, status: str) -> None:
        self.status = status
        if status == "completed":
            counts = {"assets_imported": 3, "vulnerabilities_imported": 1200, "assessment_name": "TRIVY-report"}
            self.happen("complete", status=status, progress=100, **counts)
        else:
            self.happen(
                "error", status=status, progress=40, error_message="Phoenix said no" if status == "failed" else "cancelled"
            )


class FakeService(AbstractContextManager["FakeService"]):
    def __init__(self) -> None:
        self.faults = Faults()
        self.jobs: dict[str, FakeJob] = {}
        self.by_key: dict[str, str] = {}
        self.requests: list[tuple[str, str]] = []
        self.connections: list[int] = []
        """``after`` of every WebSocket that was opened."""
        self.health_status = "healthy"
        self.log_level = "INFO"
        self.reports_gone = False
        self._listener = socket.create_server(("127.0.0.1", 0))
        config = uvicorn.Config(
            self._app(), log_level="critical", ws="websockets-sansio", lifespan="off", timeout_graceful_shutdown=1
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [self._listener]}, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._server.should_exit = True
        self._thread.join(10)
        self._listener.close()

    def add_job(self, filename: str = "report.json", content: bytes = b"{}", fields: dict[str, str] | None = None) -> FakeJob:
        digest = hashlib.sha256(content).hexdigest()
        job = FakeJob(f"job-{len(self.jobs) + 1}", filename, len(content), digest, fields or {})
        self.jobs[job.job_id] = job
        job.happen("status", status="processing", progress=0)
        for step in range(1, 6):
            job.happen("progress", status="processing", progress=step * 18, current_step=f"translate shard {step}/5")
            job.happen("log", level="INFO", message=f"shard {step} done")
        if not self.faults.endless:
            job.end(self.faults.outcome)
        return job

    def _app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/api/v1/upload", self._guarded(self._upload), methods=["POST"]),
                Route("/api/v1/jobs", self._guarded(self._list)),
                Route("/api/v1/jobs/{id}", self._guarded(self._job)),
                Route("/api/v1/jobs/{id}", self._guarded(self._cancel), methods=["DELETE"]),
                Route("/api/v1/jobs/{id}/retry", self._guarded(self._retry), methods=["POST"]),
                Route("/api/v1/jobs/{id}/logs", self._guarded(self._logs)),
                Route("/api/v1/jobs/{id}/skipped", self._guarded(self._skipped)),
                Route("/api/v1/jobs/{id}/report", self._guarded(self._report)),
                Route("/api/v1/jobs/{id}/dismissed", self._guarded(self._dismissed)),
                Route("/api/v1/jobs/{id}/merged", self._guarded(self._merged)),
                Route("/api/v1/jobs/{id}/batches", self._guarded(self._batches)),
                Route("/api/v1/usage", self._guarded(self._usage)),
                Route("/api/v1/log-level", self._guarded(self._log_level), methods=["GET", "PUT"]),
                Route("/api/v1/formats", self._guarded(self._formats)),
                Route("/api/v1/health", self._health),
                Route("/api/v1/ping", self._ping),
                WebSocketRoute("/ws/{id}", self._watch),
            ]
        )

    def _guarded(self, endpoint: Any) -> Any:
        async def checked(request: Request) -> Response:
            self.requests.append((request.method, request.url.path))
            if self.faults.answers:
                status, headers = self.faults.answers.popleft()
                return refused(status, "told_to", "refused because the test says so", headers=headers)
            key = request.headers.get("X-API-Key")
            if key != KEY:
                return refused(403 if key else 401, "forbidden" if key else "unauthorized", "no valid key")
            if "id" in request.path_params and request.path_params["id"] not in self.jobs:
                return refused(404, "job_not_found", "no such job", {"job_id": request.path_params["id"]})
            answer: Response = await endpoint(request)
            return answer

        return checked

    async def _upload(self, request: Request) -> Response:
        async with request.form() as form:
            upload = form["file"]
            assert isinstance(upload, UploadFile)
            content, filename = await upload.read(), upload.filename or ""
            fields = {name: value for name, value in form.items() if isinstance(value, str)}
        if fields.get("scanner_type") == "nonsense":
            return refused(400, "unknown_scanner_type", "no format is called nonsense", {"closest": ["nessus"]})
        if "{" in fields.get("assessment_name", ""):
            problem = "has {host}, which stands for nothing"
            return refused(400, "invalid_parameters", f"assessment_name: {problem}", {"fields": {"assessment_name": problem}})
        key = request.headers["Idempotency-Key"]
        if key not in self.by_key:
            self.by_key[key] = self.add_job(filename, content, fields).job_id
        if self.faults.lost_answers:
            self.faults.lost_answers -= 1
            return Response("<html>Bad Gateway</html>", 502)
        job_id = self.by_key[key]
        return JSONResponse(
            {
                "job_id": job_id,
                "status": "queued",
                "message": "File uploaded",
                "created_at": NOW,
                "websocket_url": f"/ws/{job_id}?token=t",
            },
            202,
        )

    async def _list(self, request: Request) -> Response:
        page, size = int(request.query_params["page"]), int(request.query_params["page_size"])
        wanted = request.query_params.get("status")
        found = [job.document() for job in reversed(self.jobs.values()) if wanted in (None, job.status)]
        part = found[(page - 1) * size : page * size]
        return JSONResponse({"total": len(found), "jobs": part, "page": page, "page_size": size})

    async def _job(self, request: Request) -> Response:
        return JSONResponse(self.jobs[request.path_params["id"]].document())

    async def _cancel(self, request: Request) -> Response:
        job = self.jobs[request.path_params["id"]]
        if job.status != "processing":
            return refused(400, "job_ended", f"{job.job_id} has already ended")
        job.end("cancelled")
        return Response(status_code=204)

    async def _retry(self, request: Request) -> Response:
        job = self.jobs[request.path_params["id"]]
        if job.status not in ("failed", "cancelled"):
            return refused(409, "not_retryable", f"{job.job_id} is {job.status}")
        job.status = "queued"
        return JSONResponse(job.document(), 202)

    async def _logs(self, request: Request) -> Response:
        after = int(request.query_params.get("after", 0))
        events = [event for event in self.jobs[request.path_params["id"]].events if event["seq"] > after]
        return StreamingResponse((json.dumps(event) + "\n" for event in events), media_type="application/x-ndjson")

    async def _skipped(self, request: Request) -> Response:
        records = [
            {"place": "Results[0].Vulnerabilities[7]", "reason": "no identifier"},
            {"place": "line 12", "reason": "no host"},
        ]
        return self._records("skipped", 5, records)

    async def _report(self, request: Request) -> Response:
        if self.reports_gone:
            return JSONResponse({"error": "report_gone", "message": "it is not kept any more"}, 410)
        return Response(REPORT, media_type="application/octet-stream")

    async def _dismissed(self, request: Request) -> Response:
        record = {"place": "runs[0].results[3]", "reason": "suppressed", "name": "R1", "asset": "shop", "note": "by the team"}
        return self._records("dismissed", 1201, [record])

    async def _merged(self, request: Request) -> Response:
        differs = {"severity": "2.0"}
        record = {"asset": "shop", "name": "R2", "location": "a.py:7", "reason": "less_severe", "differs": differs}
        return self._records("merged", 1, [record])

    def _records(self, fate: str, total: int, found: list[dict[str, Any]]) -> Response:
        kept = [] if self.reports_gone else found
        return JSONResponse({"total": total, fate: kept, "kept": len(kept)})

    async def _batches(self, request: Request) -> Response:
        batch = {
            "number": 1,
            "state": "imported",
            "import_type": "new",
            "needs": [],
            "assets": 3,
            "findings": 1200,
            "size_bytes": 9000,
        }
        return JSONResponse({"total": 1, "batches": [batch]})

    async def _usage(self, request: Request) -> Response:
        return JSONResponse({"tenant": "payments", "limits": {}})

    async def _log_level(self, request: Request) -> Response:
        if request.method == "PUT":
            self.log_level = (await request.json())["level"] or "INFO"
        return JSONResponse({"level": self.log_level, "configured": "INFO"})

    async def _formats(self, request: Request) -> Response:
        return JSONResponse({"formats": [{"slug": "trivy", "titles": ["Trivy Scan"], "asset_type": "CONTAINER"}]})

    async def _health(self, request: Request) -> Response:
        document = {
            "status": self.health_status,
            "version": "9.9",
            "timestamp": NOW,
            "workers": {"status": "running", "active_workers": 2, "max_concurrent_jobs": 4},
            "queue": {"redis_status": "connected", "pending_jobs": 1, "processing_jobs": 1, "total_jobs": 7},
            "database": {"status": "healthy", "latency_ms": 1.2},
        }
        return JSONResponse(document, 503 if self.health_status == "unhealthy" else 200)

    async def _ping(self, request: Request) -> Response:
        return JSONResponse({"status": "ok", "timestamp": NOW})

    async def _watch(self, socket: WebSocket) -> None:
        if self.faults.sockets == "blocked" or socket.headers.get("X-API-Key") != KEY:
            await socket.close(1008)  # before it is accepted: the handshake is answered with 403
            return
        await socket.accept()
        if socket.path_params["id"] not in self.jobs:
            await socket.close(1008)
            return
        job, after = self.jobs[socket.path_params["id"]], int(socket.query_params.get("after", 0))
        self.connections.append(after)
        if self.faults.sockets == "silent":
            await socket.receive()  # until the client gives up
            return
        if self.faults.sockets == "garbled":
            await socket.send_text("<html>")
            await socket.close(1000)
            return
        await socket.send_json({"type": "connected", "job_id": job.job_id, "timestamp": NOW, "data": {"status": job.status}})
        break_after = self.faults.breaks.popleft() if self.faults.breaks else None
        sent = after
        while sent < len(job.events) or job.status == "processing":
            if break_after is not None and sent - after >= break_after:
                await socket.close(1011)
                return
            if sent == len(job.events):
                await asyncio.sleep(0.01)  # the job goes on elsewhere; the test decides when
                continue
            await socket.send_json(job.events[sent])
            await socket.send_json({"type": "heartbeat", "job_id": job.job_id, "timestamp": NOW, "data": {}})
            sent += 1
        await socket.close(1000)


def refused(
    status: int, code: str, message: str, details: dict[str, Any] | None = None, headers: dict[str, str] | None = None
) -> Response:
    body = {"error": code, "message": message, "details": details or {}, "timestamp": NOW}
    return JSONResponse(body, status, headers)
