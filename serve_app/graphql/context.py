"""What the resolvers of one operation share: who asks, what is asked of, and what has been found already."""

from dataclasses import dataclass, field

from cachetools import LRUCache
from strawberry.fastapi import BaseContext
from strawberry.types import Info

from jobs_store.keys import Scope
from serve_app.access.auditing import Auditing
from serve_app.access.auth import Caller, require
from serve_app.graphql.loaders import Loaders
from serve_app.wiring import Wiring

MOST_OPERATIONS = 20
"""That a socket carries out at the same time."""


@dataclass
class Asking:
    """Of one operation: a socket has one after the other, and what one has found is not told to the next."""

    wiring: Wiring
    auditing: Auditing
    loaders: Loaders

    @property
    def caller(self) -> Caller:
        return self.auditing.caller


@dataclass
class Context(BaseContext):
    """Of a request or a socket; ``caller`` is None until a socket has said who it is."""

    wiring: Wiring
    address: str
    caller: Caller | None = None
    connection_params: dict[str, object] | None = None
    _asking: LRUCache[int, tuple[object, Asking]] = field(default_factory=lambda: LRUCache(MOST_OPERATIONS))

    def __post_init__(self) -> None:
        super().__init__()

    def asking_of(self, operation: object) -> Asking:
        """By the operation itself, of which a socket may have some at the same time."""
        known = self._asking.get(id(operation))
        if known is None or known[0] is not operation:
            assert self.caller is not None, "nothing is executed before it is known who asks"
            auditing = Auditing(self.wiring, self.caller, self.address)
            known = operation, Asking(self.wiring, auditing, Loaders(self.wiring.database, self.caller.reach))
            self._asking[id(operation)] = known
        return known[1]


def asking(info: Info) -> Asking:
    """The one of this operation, made at its first use."""
    known: Context = info.context
    return known.asking_of(info._raw_info.operation)


READERS = (Scope.READ, Scope.SUBMIT, Scope.ADMIN)


def reading(info: Info) -> Asking:
    """Raises `NotAllowedError`, as all of these."""
    return _may(info, *READERS)


def submitting(info: Info) -> Asking:
    return _may(info, Scope.SUBMIT)


def administering(info: Info) -> Asking:
    return _may(info, Scope.ADMIN)


def operating(info: Info) -> Asking:
    return _may(info, Scope.OPERATOR)


def _may(info: Info, *scopes: Scope) -> Asking:
    asked = asking(info)
    require(asked.caller, *scopes)
    return asked
