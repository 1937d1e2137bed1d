"""Where in a mapping something is wrong: each step of reading it adds its own key to the place."""

from collections.abc import Iterator
from contextlib import contextmanager

from scanner.errors import ScannerError


class MappingError(ScannerError):
    """A mapping that cannot be used. ``place`` is its line and key."""

    def __init__(self, reason: str, place: str = "") -> None:
        super().__init__(reason, place)
        self.reason, self.place = reason, place

    def __str__(self) -> str:
        return f"mapping, {self.place}: {self.reason}" if self.place else f"mapping: {self.reason}"


class MeaninglessError(ValueError):
    """What a mapping says cannot be meant. ``path`` is where, as ``.variants[0].record``."""

    def __init__(self, reason: str, path: str = "") -> None:
        super().__init__(reason, path)
        self.reason, self.path = reason, path


@contextmanager
def within(key: str | int) -> Iterator[None]:
    """A `ValueError` that comes from here is one of this key."""
    step = f"[{key}]" if isinstance(key, int) else f".{key}"
    try:
        yield
    except MeaninglessError as error:
        raise MeaninglessError(error.reason, step + error.path) from error
    except ValueError as error:
        raise MeaninglessError(str(error), step) from error
