"""What became of a report's records, in numbers."""

from collections import Counter

import msgspec
from msgspec.structs import replace

from scanner.merging import Ratings


class Counts(msgspec.Struct):
    """What became of a report's records. Sums up over shards with ``+``."""

    findings: int = 0
    skipped: int = 0
    repairs: dict[str, int] = {}
    dismissed: dict[str, int] = {}
    """By reason, what was put aside, whether or not it is imported."""
    unrated: int = 0
    """Findings that nothing in the report rates."""
    severities: dict[str, int] = {}
    """Findings by band (`scanner.normalize.severity.BANDS`); those that nothing rates are in none. Of a report that is planned
    these are the findings that are imported, without those that another one stands for."""
    asset: str = ""
    """What the first asset is called; of a sum, that of the first summand which has one."""

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(
            self.findings + other.findings,
            self.skipped + other.skipped,
            dict(Counter(self.repairs) + Counter(other.repairs)),
            dict(Counter(self.dismissed) + Counter(other.dismissed)),
            self.unrated + other.unrated,
            dict(Counter(self.severities) + Counter(other.severities)),
            self.asset or other.asset,
        )

    def without(self, merged: Ratings) -> "Counts":
        """The same once so many are merged: how findings are rated is told of those that are left."""
        severities = dict(Counter(self.severities) - Counter(merged.severities))
        return replace(self, unrated=self.unrated - merged.unrated, severities=severities)
