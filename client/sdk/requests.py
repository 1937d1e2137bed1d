"""What both clients ask in one request and an answer: each described once, by its function in `client.sdk.calls`."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Coroutine
from functools import update_wrapper
from typing import Any, Generic, ParamSpec, Self, TypeVar, overload

from client.sdk import calls
from client.sdk.calls import Call

P = ParamSpec("P")
T = TypeVar("T")


class Blocking(ABC):
    """A client that sends and waits."""

    @abstractmethod
    def _ask(self, call: Call[T]) -> T:
        """The answer to the call. Raises `client.errors.ClientError`."""


class Awaiting(ABC):
    """A client of an event loop."""

    @abstractmethod
    async def _ask(self, call: Call[T]) -> T:
        """The answer to the call. Raises `client.errors.ClientError`."""


class Asked(Generic[P, T]):
    """A method of either client, with the parameters and documentation of the function that makes its call."""

    def __init__(self, make: Callable[P, Call[T]]) -> None:
        self._make = make
        self.__doc__ = make.__doc__

    @overload
    def __get__(self, client: None, owner: type) -> Self: ...
    @overload
    def __get__(self, client: Blocking, owner: type) -> Callable[P, T]: ...
    @overload
    def __get__(self, client: Awaiting, owner: type) -> Callable[P, Coroutine[Any, Any, T]]: ...

    def __get__(self, client: Blocking | Awaiting | None, owner: type) -> Any:
        match client:
            case Blocking():
                return self._blocking(client)
            case Awaiting():
                return self._awaiting(client)
        return self

    def _blocking(self, client: Blocking) -> Callable[P, T]:
        def ask(*args: P.args, **kwargs: P.kwargs) -> T:
            return client._ask(self._make(*args, **kwargs))

        return update_wrapper(ask, self._make)

    def _awaiting(self, client: Awaiting) -> Callable[P, Coroutine[Any, Any, T]]:
        async def ask(*args: P.args, **kwargs: P.kwargs) -> T:
            return await client._ask(self._make(*args, **kwargs))

        return update_wrapper(ask, self._make)


class Requests:
    """A client says how it asks by being `Blocking` or `Awaiting`."""

    jobs = Asked(calls.jobs)
    job = Asked(calls.job)
    cancel = Asked(calls.cancel)
    retry = Asked(calls.retry)
    skipped = Asked(calls.skipped)
    dismissed = Asked(calls.dismissed)
    merged = Asked(calls.merged)
    batches = Asked(calls.batches)
    formats = Asked(calls.formats)
    health = Asked(calls.health)
    ping = Asked(calls.ping)
    submit_upload = Asked(calls.submit_upload)
    order_bulk = Asked(calls.order_bulk)
    bulks = Asked(calls.bulks)
    bulk = Asked(calls.bulk)
    bulk_jobs = Asked(calls.bulk_jobs)
    cancel_bulk = Asked(calls.cancel_bulk)
    retry_bulk = Asked(calls.retry_bulk)
    tenants = Asked(calls.tenants)
    tenant = Asked(calls.tenant)
    create_tenant = Asked(calls.create_tenant)
    change_tenant = Asked(calls.change_tenant)
    remove_tenant = Asked(calls.remove_tenant)
    rotate_webhook_secret = Asked(calls.rotate_webhook_secret)
    usage = Asked(calls.usage)
    log_level = Asked(calls.log_level)
    change_log_level = Asked(calls.change_log_level)
