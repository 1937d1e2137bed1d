"""How far the sending of a batch is, for whoever would like it to end without leaving a question."""

from dataclasses import dataclass, field
from typing import Protocol

from scanner.phoenix.errors import GivenUpError


@dataclass(slots=True, eq=False)
class Sending:
    """One batch on its way. Ends well: what Phoenix may have is settled, what it has not is not sent any more."""

    is_under_way: bool = False
    """Phoenix may have some of it, and what has become of all that is not known yet."""
    is_ending: bool = False
    too_large: list[int] = field(default_factory=list)
    """Bytes of bodies that Phoenix found too large."""
    _arrived: bool = False

    def begin(self) -> None:
        """A request is about to leave. Raises `GivenUpError` where it need not any more."""
        if self.is_ending and not self.is_under_way:
            raise GivenUpError("nobody waits for it")
        self.is_under_way = True

    def refused(self) -> None:
        """The request had no effect."""
        self.is_under_way = self._arrived

    def arrived(self) -> None:
        """A request is settled, maybe not the last one: of what has begun to arrive all shall."""
        self._arrived = True


class BodyLimit(Protocol):
    """What a Phoenix tenant has taught about the size of bodies."""

    async def fits(self, size_bytes: int) -> bool:
        """False for one at least as large as one that was refused."""
        ...

    async def found_too_large(self, size_bytes: int) -> None: ...


class NoLimit:
    """For whoever sends little."""

    async def fits(self, size_bytes: int) -> bool:
        return True

    async def found_too_large(self, size_bytes: int) -> None:
        return None
