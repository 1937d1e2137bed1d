"""The client for asyncio code; the twin of `client.sdk.scanner`, which documents the methods."""

import asyncio
import uuid
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from datetime import timedelta
from pathlib import Path, PurePath
from types import TracebackType
from typing import BinaryIO, Self, TypeVar

import httpx

from client.errors import ClientError, RefusedError
from client.sdk import calls
from client.sdk.answers import answer, bulk_event, event, refusal, transport_errors
from client.sdk.bulks import BulkEvent
from client.sdk.calls import Call
from client.sdk.direct import DirectUpload, ResumeNote
from client.sdk.endpoint import DEFAULT_URL, Endpoint
from client.sdk.events import Event, decode_event
from client.sdk.frames import OPEN_SECONDS, Socket, breaks, note_break
from client.sdk.jobs import Job
from client.sdk.options import SubmitOptions
from client.sdk.outcome import require_completed
from client.sdk.part_sending import PartSender
from client.sdk.requests import Awaiting, Requests
from client.sdk.retries import RetryPolicy, retry_after_error
from client.sdk.timeouts import TIMEOUT, UPLOAD_TIMEOUT
from client.sdk.upload import OnProgress, Upload, open_upload
from client.sdk.watch import BulkWatch, Deadline, Watch, WatchPolicy

T = TypeVar("T")


class AsyncPhoenixScanner(Requests, Awaiting):
    """One connection pool to one service; may be shared by threads. Close it, or use it in a ``with``.

    Every method raises the errors of `client.errors` and no others of the network. Requests are repeated as ``retries`` says,
    but only where the service cannot act on one twice.
    """

    def __init__(
        self,
        url: str = DEFAULT_URL,
        *,
        api_key: str | None = None,
        retries: RetryPolicy | None = None,
        watching: WatchPolicy | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Opens nothing yet. Raises ValueError when ``url`` is not an http or https URL."""
        endpoint = Endpoint(url, api_key)
        self._tls = tls = httpx.create_ssl_context()
        self._socket = Socket(endpoint, tls)
        self._http = httpx.AsyncClient(base_url=url, headers=endpoint.headers, timeout=TIMEOUT, verify=tls, transport=transport)
        self._url, self._watching, self._sleep = url, watching, sleep
        self._retrying = (retries or RetryPolicy()).async_caller()

    async def submit(
        self,
        source: str | PurePath | BinaryIO,
        options: SubmitOptions | None = None,
        *,
        filename: str | None = None,
        on_progress: OnProgress | None = None,
        idempotency_key: str | None = None,
    ) -> Job:
        """Streams a report to the service; memory stays bounded. A stream that cannot seek is tried only once.

        The report is read on the event loop, in pieces of 64 KB.

        ``idempotency_key`` makes repeated calls answer with the first one's job; each call has its own unless one is given.
        Raises OSError when the report cannot be read.
        """
        with open_upload(source, filename=filename, on_progress=on_progress) as upload:
            call = calls.upload(idempotency_key or uuid.uuid4().hex, repeatable=upload.repeatable)
            return await self._retrying(retry_after_error(call), self._send, call, upload, options or SubmitOptions())

    async def submit_direct(
        self,
        path: str | PurePath,
        options: SubmitOptions | None = None,
        *,
        filename: str | None = None,
        on_progress: OnProgress | None = None,
    ) -> Job:
        """As `submit`, but in parts, several at once; called again after a break, it sends what is missing."""
        upload = await self.upload_in_parts(path, options, filename=filename, on_progress=on_progress)
        job = await self.submit_upload(upload.upload_id, options)
        ResumeNote(self._url, Path(path)).remove()
        return job

    async def upload_in_parts(
        self,
        path: str | PurePath,
        options: SubmitOptions | None = None,
        *,
        filename: str | None = None,
        on_progress: OnProgress | None = None,
    ) -> DirectUpload:
        """The complete upload, for `submit_upload` or a bulk. Memory: four parts. Raises OSError for an unreadable file."""
        file, note = Path(path), ResumeNote(self._url, Path(path))
        upload = await self._begun(note)
        if upload is None:
            upload = await self._ask(calls.announce(filename or file.name, note.size_bytes, options or SubmitOptions()))
            note.write(upload.upload_id)
        async with httpx.AsyncClient(timeout=UPLOAD_TIMEOUT, verify=self._tls) as signed:
            await PartSender(self._ask, self._put, signed, upload, file, on_progress).run()
        return await self._ask(calls.complete(upload.upload_id))

    async def follow_bulk(self, bulk_id: str, *, after: int = 0) -> AsyncIterator[BulkEvent]:
        """Every event of the bulk after number ``after``, each once, until it ends; comes as a stream that is opened again."""
        watch = BulkWatch(after=after, policy=self._watching)
        while True:
            try:
                async for arrived in self._bulk_lines(bulk_id, watch.after):
                    if watch.take(arrived):
                        yield arrived
                    if watch.ended:
                        return
            except ClientError as error:
                watch.failed(error)
            await self._sleep(watch.wait_seconds)

    def logs(self, job_id: str, *, after: int = 0, follow: bool = False) -> AsyncIterator[Event]:
        """The job's events after number ``after``, read while they arrive; with ``follow`` to the job's end."""
        return self.follow(job_id, after=after) if follow else self._stored(job_id, after)

    async def report(self, job_id: str) -> AsyncIterator[bytes]:
        """The report that the job was made of, as it was sent, in pieces as they come; raises before the first."""
        call = calls.report(job_id)
        with transport_errors(self._url):
            async with self._http.stream(call.method, call.path) as response:
                if not response.is_success:
                    await response.aread()
                    raise refusal(response)
                async for piece in response.aiter_bytes():
                    yield piece

    async def wait(self, job_id: str, *, timeout: timedelta | None = None, check: bool = True) -> Job:  # noqa: ASYNC109  # as its twin has it
        """The job once it has ended; with ``check``, `JobFailedError` unless it is completed."""
        async for _ in self.follow(job_id, timeout=timeout):
            pass
        job = await self.job(job_id)
        return require_completed(job) if check else job

    async def follow(
        self,
        job_id: str,
        *,
        after: int = 0,
        timeout: timedelta | None = None,  # noqa: ASYNC109  # as its twin has it; asyncio.timeout cannot span a yield
    ) -> AsyncIterator[Event]:
        """Every event after number ``after``, each once, until the job ends; the last one is ``final``.

        Comes over a WebSocket, which is opened again after a break, and by polling where WebSockets are blocked.
        """
        watch = Watch(after=after, policy=self._watching)
        deadline = Deadline(job_id, timeout)
        while True:
            source = self._poll(job_id, watch) if watch.polling else self._listen(job_id, watch, deadline)
            async with aclosing(source):  # a caller who stops early leaves no socket behind
                async for arrived in source:
                    yield arrived
            if watch.ended:
                return
            await self._sleep(deadline.clip(watch.wait_seconds))

    async def close(self) -> None:
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def _ask(self, call: Call[T]) -> T:
        return await self._retrying(retry_after_error(call), self._send, call)

    async def _send(self, call: Call[T], upload: Upload | None = None, options: SubmitOptions | None = None) -> T:
        with transport_errors(self._url):
            response = await self._http.request(
                call.method,
                call.path,
                params=call.params,
                headers=call.headers,
                json=call.document,
                data=options.form() if options else None,
                files={"file": upload.part()} if upload else None,
                timeout=UPLOAD_TIMEOUT if upload else TIMEOUT,
            )
        return answer(call, response)

    async def _begun(self, note: ResumeNote) -> DirectUpload | None:
        """The upload that an earlier call has begun and nobody has used."""
        upload_id = note.read()
        if upload_id is None:
            return None
        try:
            upload = await self._ask(calls.direct_upload(upload_id))
        except RefusedError as error:
            if error.retryable:
                raise
            return None
        return upload if upload.state in ("open", "complete") else None

    async def _put(self, http: httpx.AsyncClient | None, call: Call[None], data: bytes) -> None:
        """A part, to the service itself where there is no other client."""

        async def send() -> None:
            with transport_errors(call.path):
                response = await (http or self._http).request(
                    call.method, call.path, headers=call.headers, content=data, timeout=UPLOAD_TIMEOUT
                )
            answer(call, response)

        await self._retrying(retry_after_error(call), send)

    async def _bulk_lines(self, bulk_id: str, after: int) -> AsyncIterator[BulkEvent]:
        call = calls.bulk_logs(bulk_id, after=after)
        timeout = httpx.Timeout((self._watching or WatchPolicy()).silence_seconds, connect=5.0)
        with transport_errors(self._url):
            async with self._http.stream(call.method, call.path, params=call.params, timeout=timeout) as response:
                if not response.is_success:
                    await response.aread()
                    raise refusal(response)
                async for line in response.aiter_lines():
                    if line:
                        yield bulk_event(line, self._url)

    async def _stored(self, job_id: str, after: int) -> AsyncIterator[Event]:
        call = calls.logs(job_id, after=after)
        with transport_errors(self._url):
            async with self._http.stream(call.method, call.path, params=call.params) as response:
                if not response.is_success:
                    await response.aread()
                    raise refusal(response)
                async for line in response.aiter_lines():
                    if line:
                        yield event(line, self._url)

    async def _listen(self, job_id: str, watch: Watch, deadline: Deadline) -> AsyncGenerator[Event, None]:
        from websockets.asyncio.client import connect  # only who follows a job needs it

        try:
            url, arguments = self._socket.url(job_id, watch), self._socket.arguments()
            async with connect(url, open_timeout=deadline.clip(OPEN_SECONDS), **arguments) as socket:
                while not watch.ended:
                    async with asyncio.timeout(
                        deadline.clip(watch.patience_seconds)
                    ):  # wait_for of 3.11 swallows cancellations
                        frame = await socket.recv()
                    arrived = decode_event(frame)
                    if watch.take(arrived):
                        yield arrived
        except breaks() as error:
            note_break(watch, error)

    async def _poll(self, job_id: str, watch: Watch) -> AsyncGenerator[Event, None]:
        try:
            job = await self.job(job_id)
            async for stored in self._stored(job_id, watch.after):
                if watch.take(stored):
                    yield stored
            if missed := watch.polled(job):
                yield missed
        except ClientError as error:
            watch.poll_failed(error)
