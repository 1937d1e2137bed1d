"""What a report contains, in numbers that are compared exactly: with what was translated of it, and with what arrived."""

from collections import Counter
from dataclasses import dataclass, field
from hashlib import blake2b

from scanner.model import Asset, Dismissed, Finding, Occurrence, finding_identity, whole
from scanner.set_aside import Place
from scanner.translation import SkippedRecord

_MODULUS = 1 << 64


@dataclass
class Contents:
    """Two are equal when they are of the same findings on the same assets, in whatever order.

    Memory: a number per asset and per name. A sink of a translation, so that a report can be compared with what it should hold.
    """

    assets: Counter[str] = field(default_factory=Counter)
    """Findings by hexadecimal `Asset.key`; 0 for an asset that was scanned and is clean."""
    names: Counter[str] = field(default_factory=Counter)
    fingerprint: int = 0
    """Sum over the findings' identities, each with its asset."""
    skipped: int = 0

    @property
    def findings(self) -> int:
        return self.assets.total()

    def found(self, key: str, identity: bytes, name: str) -> None:
        self.assets[key] += 1
        self.names[name] += 1
        digest = blake2b(identity, digest_size=8, key=key.encode()).digest()
        self.fingerprint = (self.fingerprint + int.from_bytes(digest)) % _MODULUS

    def scanned(self, key: str) -> None:
        self.assets.setdefault(key, 0)

    def add(self, asset: Asset, finding: Finding | Occurrence) -> None:
        finding = whole(finding)
        self.found(asset.key().hex(), finding_identity(finding.name, finding.location, finding.reference_ids), finding.name)

    def dismiss(self, asset: Asset, dismissed: Dismissed, place: Place) -> None:
        self.seen(asset)

    def seen(self, asset: Asset) -> None:
        self.scanned(asset.key().hex())

    def skip(self, skipped: SkippedRecord) -> None:
        self.skipped += 1
