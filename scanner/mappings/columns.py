"""The paths of a mapping for CSV: titles of columns."""

import msgspec

from scanner.mappings.expressions import Held, Source


class Columns:
    """The columns that a mapping names, each a field of its record."""

    def __init__(self) -> None:
        self.titles: dict[str, str | tuple[str, ...]] = {}
        """Field → title."""

    def source(self, path: str, held: Held, *, many: bool) -> Source:
        name = next((name for name, title in self.titles.items() if title == path), "")
        if not name:
            name = f"f{len(self.titles)}"
            self.titles[name] = path
        return f"record.{name}"

    def record(self) -> type[msgspec.Struct]:
        return msgspec.defstruct("Row", [(name, str, "") for name in self.titles], gc=False)

    def is_single(self, path: str) -> bool:
        return True
