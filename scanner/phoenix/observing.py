"""Who looks on while requests are sent: to count them, to trace them. Nothing here knows how."""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol


class Observed(Protocol):
    """One request that is about to be sent."""

    @property
    def headers(self) -> Mapping[str, str]:
        """To send along."""
        ...

    def answered(self, status: int) -> None:
        """Any answer. Where there is none, an exception leaves the context."""
        ...


class Observer(Protocol):
    def sending(self, method: str, route: str) -> AbstractContextManager[Observed]:
        """``route`` is a path with ``{…}`` for what differs from request to request."""
        ...


class _Nobody:
    headers: Mapping[str, str] = {}  # never changed

    def answered(self, status: int) -> None:
        return None


class NoObserver:
    @contextmanager
    def sending(self, method: str, route: str) -> Iterator[Observed]:
        yield _Nobody()
