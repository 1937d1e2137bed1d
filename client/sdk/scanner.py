"""The client for code that blocks. Its twin for asyncio is in `client.sdk.async_scanner`, what both ask in `requests`."""

import time
import uuid
from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta
from pathlib import PurePath
from types import TracebackType
from typing import TYPE_CHECKING, BinaryIO, Self, TypeVar

import httpx

from client.errors import ClientError
from client.sdk import calls
from client.sdk.answers import answer, bulk_event, event, refusal, transport_errors
from client.sdk.bulks import BulkEvent
from client.sdk.calls import Call
from client.sdk.direct import DirectUpload
from client.sdk.endpoint import DEFAULT_URL, Endpoint
from client.sdk.events import Event, decode_event
from client.sdk.frames import OPEN_SECONDS, Socket, breaks, note_break
from client.sdk.jobs import Job
from client.sdk.options import SubmitOptions
from client.sdk.outcome import require_completed
from client.sdk.requests import Blocking, Requests
from client.sdk.retries import RetryPolicy, retry_after_error
from client.sdk.timeouts import TIMEOUT, UPLOAD_TIMEOUT
from client.sdk.tls import trusted
from client.sdk.upload import OnProgress, Upload, open_upload
from client.sdk.watch import BulkWatch, Deadline, Watch, WatchPolicy

if TYPE_CHECKING:
    from client.sdk.async_scanner import AsyncPhoenixScanner

T = TypeVar("T")


class PhoenixScanner(Requests, Blocking):
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
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Opens nothing yet. Raises ValueError when ``url`` is not an http or https URL."""
        endpoint = Endpoint(url, api_key)
        tls = trusted(endpoint)
        self._socket = Socket(endpoint, tls)
        self._http = httpx.Client(base_url=url, headers=endpoint.headers, timeout=TIMEOUT, verify=tls, transport=transport)
        self._url, self._watching, self._sleep = url, watching, sleep
        self._api_key, self._retries = api_key, retries
        self._retrying = (retries or RetryPolicy()).caller()

    def submit(
        self,
        source: str | PurePath | BinaryIO,
        options: SubmitOptions | None = None,
        *,
        filename: str | None = None,
        on_progress: OnProgress | None = None,
        idempotency_key: str | None = None,
    ) -> Job:
        """Streams a report to the service; memory stays bounded. A stream that cannot seek is tried only once.

        ``idempotency_key`` makes repeated calls answer with the first one's job; each call has its own unless one is given.
        Raises OSError when the report cannot be read.
        """
        with open_upload(source, filename=filename, on_progress=on_progress) as upload:
            call = calls.upload(idempotency_key or uuid.uuid4().hex, repeatable=upload.repeatable)
            return self._retrying(retry_after_error(call), self._send, call, upload, options or SubmitOptions())

    def submit_direct(
        self,
        path: str | PurePath,
        options: SubmitOptions | None = None,
        *,
        filename: str | None = None,
        on_progress: OnProgress | None = None,
    ) -> Job:
        """As `submit`, but in parts, several at once; called again after a break, it sends what is missing."""
        return self._in_parts(lambda scanner: scanner.submit_direct(path, options, filename=filename, on_progress=on_progress))

    def upload_in_parts(
        self,
        path: str | PurePath,
        options: SubmitOptions | None = None,
        *,
        filename: str | None = None,
        on_progress: OnProgress | None = None,
    ) -> DirectUpload:
        """The complete upload, for `submit_upload` or a bulk. Memory: four parts. Raises OSError for an unreadable file."""
        return self._in_parts(
            lambda scanner: scanner.upload_in_parts(path, options, filename=filename, on_progress=on_progress)
        )

    def follow_bulk(self, bulk_id: str, *, after: int = 0) -> Iterator[BulkEvent]:
        """Every event of the bulk after number ``after``, each once, until it ends; comes as a stream that is opened again."""
        watch = BulkWatch(after=after, policy=self._watching)
        while True:
            try:
                for arrived in self._bulk_lines(bulk_id, watch.after):
                    if watch.take(arrived):
                        yield arrived
                    if watch.ended:
                        return
            except ClientError as error:
                watch.failed(error)
            self._sleep(watch.wait_seconds)

    def logs(self, job_id: str, *, after: int = 0, follow: bool = False) -> Iterator[Event]:
        """The job's events after number ``after``, read while they arrive; with ``follow`` to the job's end."""
        return self.follow(job_id, after=after) if follow else self._stored(job_id, after)

    def report(self, job_id: str) -> Iterator[bytes]:
        """The report that the job was made of, as it was sent, in pieces as they come; raises before the first."""
        call = calls.report(job_id)
        with transport_errors(self._url), self._http.stream(call.method, call.path) as response:
            if not response.is_success:
                response.read()
                raise refusal(response)
            yield from response.iter_bytes()

    def wait(self, job_id: str, *, timeout: timedelta | None = None, check: bool = True) -> Job:
        """The job once it has ended; with ``check``, `JobFailedError` unless it is completed."""
        for _ in self.follow(job_id, timeout=timeout):
            pass
        job = self.job(job_id)
        return require_completed(job) if check else job

    def follow(self, job_id: str, *, after: int = 0, timeout: timedelta | None = None) -> Iterator[Event]:
        """Every event after number ``after``, each once, until the job ends; the last one is ``final``.

        Comes over a WebSocket, which is opened again after a break, and by polling where WebSockets are blocked.
        """
        watch = Watch(after=after, policy=self._watching)
        deadline = Deadline(job_id, timeout)
        while True:
            yield from self._poll(job_id, watch) if watch.polling else self._listen(job_id, watch, deadline)
            if watch.ended:
                return
            self._sleep(deadline.clip(watch.wait_seconds))

    def close(self) -> None:
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def _ask(self, call: Call[T]) -> T:
        return self._retrying(retry_after_error(call), self._send, call)

    def _send(self, call: Call[T], upload: Upload | None = None, options: SubmitOptions | None = None) -> T:
        with transport_errors(self._url):
            response = self._http.request(
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

    def _in_parts(self, send: "Callable[[AsyncPhoenixScanner], Awaitable[T]]") -> T:
        """By the asyncio client, on a loop in a thread of its own: the parts go side by side."""
        import asyncio  # nothing else of this client needs any of these
        from concurrent.futures import ThreadPoolExecutor

        from client.sdk.async_scanner import AsyncPhoenixScanner

        async def run() -> T:
            async with AsyncPhoenixScanner(self._url, api_key=self._api_key, retries=self._retries) as scanner:
                return await send(scanner)

        with ThreadPoolExecutor(1) as pool:
            return pool.submit(asyncio.run, run()).result()

    def _bulk_lines(self, bulk_id: str, after: int) -> Iterator[BulkEvent]:
        call = calls.bulk_logs(bulk_id, after=after)
        timeout = httpx.Timeout((self._watching or WatchPolicy()).silence_seconds, connect=5.0)
        with (
            transport_errors(self._url),
            self._http.stream(call.method, call.path, params=call.params, timeout=timeout) as response,
        ):
            if not response.is_success:
                response.read()
                raise refusal(response)
            for line in response.iter_lines():
                if line:
                    yield bulk_event(line, self._url)

    def _stored(self, job_id: str, after: int) -> Iterator[Event]:
        call = calls.logs(job_id, after=after)
        with transport_errors(self._url), self._http.stream(call.method, call.path, params=call.params) as response:
            if not response.is_success:
                response.read()
                raise refusal(response)
            for line in response.iter_lines():
                if line:
                    yield event(line, self._url)

    def _listen(self, job_id: str, watch: Watch, deadline: Deadline) -> Iterator[Event]:
        from websockets.sync.client import connect  # only who follows a job needs it

        try:
            url, arguments = self._socket.url(job_id, watch), self._socket.arguments()
            with connect(url, open_timeout=deadline.clip(OPEN_SECONDS), **arguments) as socket:
                while not watch.ended:
                    arrived = decode_event(socket.recv(timeout=deadline.clip(watch.patience_seconds)))
                    if watch.take(arrived):
                        yield arrived
        except breaks() as error:
            note_break(watch, error)

    def _poll(self, job_id: str, watch: Watch) -> Iterator[Event]:
        try:
            job = self.job(job_id)
            yield from (stored for stored in self._stored(job_id, watch.after) if watch.take(stored))
            if missed := watch.polled(job):
                yield missed
        except ClientError as error:
            watch.poll_failed(error)
