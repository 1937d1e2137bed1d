"""The paths of a mapping for text: names of groups in the pattern of its lines."""

from scanner.mappings.expressions import Held, Source


class GroupPaths:
    def __init__(self, names: frozenset[str]) -> None:
        self._names = names

    def source(self, path: str, held: Held, *, many: bool) -> Source:
        """Raises `ValueError` for a name that no group has."""
        if path not in self._names:
            raise ValueError(f"the pattern has no group {path!r}; it has {', '.join(sorted(self._names)) or 'none'}")
        return f"record[{held.hold(path)}]"

    def is_single(self, path: str) -> bool:
        return True
