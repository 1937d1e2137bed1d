"""The sandbox as a server: in a thread for tests and the demo, or in the foreground for the command."""

import asyncio
import socket
from collections.abc import Callable
from threading import Event, Thread
from types import TracebackType

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.auto import AutoHTTPProtocol

from scanner.phoenix.sandbox.answers import DROP_EXTENSION
from scanner.phoenix.sandbox.app import app_of
from scanner.phoenix.sandbox.errors import SandboxStartError
from scanner.phoenix.sandbox.faults import Faults
from scanner.phoenix.sandbox.request import Assessment
from scanner.phoenix.sandbox.request_log import RequestRecord
from scanner.phoenix.sandbox.sandbox import Sandbox
from scanner.phoenix.sandbox.settings import SandboxSettings
from scanner.phoenix.sandbox.snapshot import AssessmentSummary, AssetSnapshot

_START_SECONDS = 20.0


class SandboxServer:
    """A sandbox on a port of its own, in a thread of its own.

    Listens from the entry of the ``with`` block to its end; `port` 0 takes a free one. All members may be used from any thread,
    and what they tell is there after the block, too.

    :raises SandboxStartError: on entry, when the port is taken.
    """

    def __init__(self, settings: SandboxSettings | None = None, *, host: str = "127.0.0.1", port: int = 0) -> None:
        self._sandbox = Sandbox(settings or SandboxSettings())
        self._host = host
        self._port = port
        self._server: _Server | None = None
        self._thread: Thread | None = None

    def __enter__(self) -> "SandboxServer":
        listening = self.listen()
        self._server = _Server(self._config())
        self._thread = Thread(target=self._server.run, kwargs={"sockets": [listening]}, name="sandbox", daemon=True)
        self._thread.start()
        if not self._server.listening.wait(_START_SECONDS):
            raise SandboxStartError(self._host, self._port)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._server is not None and self._thread is not None:
            self._server.should_exit = True
            self._thread.join()

    def listen(self) -> socket.socket:
        """Takes the port, so that `url` is known.

        :raises SandboxStartError: the port is taken, or the host is not this machine's.
        """
        try:
            listening = socket.create_server((self._host, self._port), backlog=512)
        except OSError as error:
            raise SandboxStartError(self._host, self._port) from error
        self._port = listening.getsockname()[1]
        return listening

    def run(self, listening: socket.socket) -> None:
        """Serves in this thread until the process is told to end; see `listen`."""
        _Server(self._config()).run(sockets=[listening])

    @property
    def url(self) -> str:
        return f"http://{self._host}:{self._port}"

    @property
    def client_id(self) -> str:
        return self._sandbox.settings.client_id

    @property
    def client_secret(self) -> str:
        return self._sandbox.settings.client_secret

    @property
    def faults(self) -> Faults:
        """What happens to the requests from now on; may be replaced at any time."""
        return self._sandbox.faults

    @faults.setter
    def faults(self, faults: Faults) -> None:
        self._sandbox.faults = faults

    def expire_tokens(self) -> None:
        self._sandbox.tokens.expire_all()

    def snapshot(self) -> dict[Assessment, dict[str, AssetSnapshot]]:
        """See `Assessments.snapshot`."""
        return self._sandbox.memory.snapshot()

    def summary(self) -> list[AssessmentSummary]:
        return self._sandbox.memory.summary()

    def requests(self) -> list[RequestRecord]:
        """What came, oldest first, as far back as the settings say."""
        return self._sandbox.log.records()

    def _config(self) -> uvicorn.Config:
        app = app_of(self._sandbox)
        return uvicorn.Config(
            app, http=_DroppableHttp, ws="none", lifespan="on", log_config=None, access_log=False, timeout_graceful_shutdown=1
        )


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listening.set()


class _DroppableHttp(AutoHTTPProtocol):  # type: ignore[misc, valid-type]
    """HTTP whose requests can close their connection without an answer."""

    app: ASGIApp

    def connection_made(self, transport: asyncio.Transport) -> None:
        super().connection_made(transport)
        self.app = _droppable(self.app, transport.abort)


def _droppable(app: ASGIApp, drop: Callable[[], None]) -> ASGIApp:
    async def droppable(scope: Scope, receive: Receive, send: Send) -> None:
        await app({**scope, "extensions": {**scope.get("extensions", {}), DROP_EXTENSION: drop}}, receive, send)

    return droppable
