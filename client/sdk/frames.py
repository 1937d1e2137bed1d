"""The job's WebSocket: what both clients open it with, and what its breaks mean to a `Watch`."""

import ssl
from dataclasses import dataclass
from typing import TypedDict

import msgspec

from client.sdk.endpoint import Endpoint
from client.sdk.watch import Watch

OPEN_SECONDS = 10.0


class SocketArguments(TypedDict):
    """Keyword arguments that ``websockets`` takes alike for its sync and its async ``connect``."""

    additional_headers: dict[str, str]
    user_agent_header: None
    ssl: ssl.SSLContext | None
    close_timeout: float
    max_size: int


@dataclass(frozen=True)
class Socket:
    endpoint: Endpoint
    tls: ssl.SSLContext

    def url(self, job_id: str, watch: Watch) -> str:
        return self.endpoint.socket_url(job_id, after=watch.after)

    def arguments(self) -> SocketArguments:
        return SocketArguments(
            additional_headers=self.endpoint.headers,
            user_agent_header=None,  # it is among the headers
            ssl=self.tls if self.endpoint.secure else None,
            close_timeout=2.0,
            max_size=4 << 20,
        )


def breaks() -> tuple[type[Exception], ...]:
    """What ends a connection before its time; silence is an OSError too, and a frame that is not an event ends it as well."""
    from websockets.exceptions import WebSocketException  # who only asks for a list of jobs opens no socket

    return (OSError, WebSocketException, msgspec.MsgspecError)


def note_break(watch: Watch, error: Exception) -> None:
    """Tells the watch what happened to the connection."""
    from websockets.exceptions import ConnectionClosed
    from websockets.frames import Close, CloseCode

    match error:
        case ConnectionClosed(rcvd=Close(code=CloseCode.POLICY_VIOLATION)):
            watch.refused()
        case _:
            watch.broken()
