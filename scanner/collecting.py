"""Collects what a translation makes: prepared for Phoenix, encoded once, grouped by asset, in blocks that can travel."""

import functools
import secrets
from collections import Counter
from operator import attrgetter

import msgspec
from msgspec.structs import replace

from scanner.anonymizing import Anonymizer
from scanner.batching import AssetFindings
from scanner.errors import RecordError
from scanner.fixing import Fixer, retyped
from scanner.merging import Distinct
from scanner.model import Asset, Dismissed, Finding, Occurrence, Tag, whole
from scanner.normalize import passing
from scanner.normalize.identifiers import cwes
from scanner.normalize.severity import INFO, is_rated
from scanner.options import ImportOptions
from scanner.translation import SkippedRecord

_encoder = msgspec.json.Encoder()
_encode = _encoder.encode
_HOLE = secrets.token_hex(16)
"""Stands where an occurrence has its own; no report can hold it."""
_EVIDENCE = b',"evidence":'
_UNRATED = "none: nothing in the report rates it"
_SHARED = 4096
"""Most findings that are kept in encoded form for their next occurrences."""


class AssetBlock(msgspec.Struct, gc=False):
    """An asset with the findings that one shard has on it; ``identities`` go with ``findings``, one each."""

    key: bytes
    asset: Asset
    findings: list[bytes]
    identities: list[str]


class _Shared(msgspec.Struct, gc=False):
    """What occurrences of a finding share, once it is repaired and encoded."""

    finding: Finding
    """As long as it is here, no other is known by its identity."""
    before: bytes
    """All in front of the location."""
    between: bytes
    """All behind it, up to the shared details."""
    after: bytes
    """From the end of the details on."""
    name: str
    """What identifies them in front of the location."""
    known_as: str
    """And behind it."""
    repairs: list[str]


class Counts(msgspec.Struct):
    """What became of a report's records. Sums up over shards with ``+``."""

    findings: int = 0
    skipped: int = 0
    repairs: dict[str, int] = {}
    dismissed: dict[str, int] = {}
    """By reason, what was put aside, whether or not it is imported."""
    unrated: int = 0
    """Findings that nothing in the report rates."""
    asset: str = ""
    """What the first asset is called; of a sum, that of the first summand which has one."""

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(
            self.findings + other.findings,
            self.skipped + other.skipped,
            dict(Counter(self.repairs) + Counter(other.repairs)),
            dict(Counter(self.dismissed) + Counter(other.dismissed)),
            self.unrated + other.unrated,
            self.asset or other.asset,
        )


class Collector:
    """A sink. Memory: the encoded findings of what it is fed, so feed it a shard.

    ``tags`` go on every asset.
    """

    def __init__(self, options: ImportOptions, *, tags: tuple[Tag, ...] = (), anonymizer_key: bytes = b"") -> None:
        self._options = options
        self._tags = list(tags)
        self._fixer = Fixer(enabled=options.fix_data)
        self._anonymizer = Anonymizer(anonymizer_key) if options.anonymize else None
        self._blocks: dict[bytes, AssetBlock] = {}
        self._just_tags = options.just_tags
        self._dismissed: Counter[str] = Counter()
        self._unrated = 0
        self._changes = options.anonymize or options.create_empty_assets
        self._last: Asset | None = None
        self._last_block: AssetBlock
        self._encoded = bytearray()
        """Where a finding is encoded: bytes that are made in their final size need not grow."""
        self._spelled: set[str] = set()
        """CWE ids that need not be looked at again."""
        self._plain: dict[tuple[str, ...], AssetBlock] = {}
        """By type and attributes of assets that say no more than these."""
        self._shared: dict[int, _Shared] = {}
        """By the identity of the finding that they are made of."""
        self.skipped: list[SkippedRecord] = []

    def add(self, asset: Asset, finding: Finding | Occurrence) -> None:
        """Raises `RecordError` where Phoenix would refuse the finding and may not be appeased."""
        block = self._last_block if asset is self._last else self._known_block(asset)
        if self._just_tags:
            return
        if type(finding) is Occurrence:
            location = finding.location
            shared = self._shared.get(id(finding.of)) or self._share(finding.of)
            if shared is not None and location:
                for repair in shared.repairs:
                    self._fixer.repairs[repair] += 1
                between = b"%b,%b" % (shared.between, finding.facts) if finding.facts else shared.between
                own: tuple[bytes, ...]
                if finding.evidence:
                    own = (shared.before, _encode(location), between, _EVIDENCE, _encode(finding.evidence), shared.after)
                else:
                    own = (shared.before, _encode(location), between, shared.after)
                block.findings.append(b"".join(own))
                block.identities.append(f"{shared.name}{location}{shared.known_as}")
                return
            finding = whole(finding)
        if finding.severity != finding.severity:  # quicker than a call: nearly all are rated
            self._unrated += 1
        known_as = self._prepare(finding, self._fixer)
        if self._changes:
            self._change(finding)
        _encoder.encode_into(finding, self._encoded)
        block.findings.append(bytes(self._encoded))
        # what `scanner.model.finding_identity` is made of: making hashes takes longer than moving the text itself
        block.identities.append(f"{finding.name}\0{finding.location}\0{known_as}")

    def _prepare(self, finding: Finding, fixer: Fixer) -> str:
        """Repairs in place, and sorts ids; those that are not of weaknesses as one text."""
        if finding.severity != finding.severity:
            _say(finding, rating=_UNRATED)
            finding.severity = INFO
        fixer.finding(finding)
        ids = finding.reference_ids
        known_as = ids[0] if ids else ""
        if len(ids) > 1 or known_as.startswith("CWE-"):
            finding.reference_ids, misplaced, known_as = _parted(tuple(ids))
            if misplaced:
                finding.cwes = [*finding.cwes, *misplaced]
        weaknesses = finding.cwes
        if weaknesses and (len(weaknesses) > 1 or weaknesses[0] not in self._spelled):
            finding.cwes = cwes(weaknesses)
            self._spelled.update(finding.cwes)
        return known_as

    def _share(self, finding: Finding) -> "_Shared | None":
        """What all occurrences of the finding have in common; None where each has to be looked at."""
        details = b"" if self._changes else passing.members(finding.details)
        if not details or not is_rated(finding.severity):
            return None
        if len(self._shared) == _SHARED:
            self._shared.clear()
        fixer = Fixer(enabled=self._options.fix_data)
        prepared = replace(finding, location=_HOLE, details=_HOLE)
        known_as = self._prepare(prepared, fixer)
        before, between, after = _encode(prepared).split(_encode(_HOLE))
        between, after = b"%b{%b" % (between, details), b"}" + after
        shared = _Shared(finding, before, between, after, f"{prepared.name}\0", f"\0{known_as}", [*fixer.repairs])
        self._shared[id(finding)] = shared
        return shared

    def dismiss(self, asset: Asset, dismissed: Dismissed) -> None:
        """Counts it, and adds it with a tag that says why where it is to be imported. Raises `RecordError` as `add` does."""
        self._known_block(asset)
        if self._options.include_dismissed:
            finding = replace(whole(dismissed.finding))
            finding.tags = [*finding.tags, Tag(dismissed.reason, "dismissed")]
            if dismissed.note:
                _say(finding, dismissal=dismissed.note)
            self.add(asset, finding)
        self._dismissed[dismissed.reason] += 1

    def seen(self, asset: Asset) -> None:
        try:
            self._block(asset)
        except RecordError as error:
            self.skip(SkippedRecord("asset", str(error)))

    def skip(self, skipped: SkippedRecord) -> None:
        self.skipped.append(skipped)

    @property
    def counts(self) -> Counts:
        findings = sum(len(block.findings) for block in self._blocks.values())
        first = next(iter(self._blocks.values()), None)
        return Counts(
            findings,
            len(self.skipped),
            dict(self._fixer.repairs),
            dict(self._dismissed),
            self._unrated,
            first.asset.name if first else "",
        )

    def blocks(self, partitions: int = 1) -> list[list[AssetBlock]]:
        """What was collected, divided by asset: an asset is in the same partition whoever collects it."""
        divided: list[list[AssetBlock]] = [[] for _ in range(partitions)]
        for block in self._blocks.values():
            divided[int.from_bytes(block.key[:8]) % partitions].append(block)
        return divided

    def _known_block(self, asset: Asset) -> AssetBlock:
        """As `_block`, which an asset that says no more than its attributes need go through but once."""
        if asset.tags or asset.software:
            return self._block(asset)
        said = (asset.type, *asset.attributes, *asset.attributes.values())
        block = self._plain.get(said)
        if block is None:
            block = self._plain[said] = self._block(asset)
        self._last, self._last_block = asset, block
        return block

    def _block(self, asset: Asset) -> AssetBlock:
        prepared = asset if self._options.asset_type is None else retyped(asset, self._options.asset_type)
        prepared = self._fixer.asset(prepared)
        if self._anonymizer is not None:
            prepared = self._anonymizer.asset(prepared)
        key = prepared.key()
        block = self._blocks.get(key)
        if block is None:
            tags = list(dict.fromkeys([*prepared.tags, *self._tags]))
            block = AssetBlock(key, Asset(prepared.type, dict(prepared.attributes), tags, list(prepared.software)), [], [])
            self._blocks[key] = block
        else:
            absorb(block.asset, prepared)
        self._last, self._last_block = asset, block
        return block

    def _change(self, finding: Finding) -> None:
        if self._anonymizer is not None:
            self._anonymizer.finding(finding)
        if self._options.create_empty_assets:
            finding.tags = [
                *finding.tags,
                Tag("true", "risk-zeroed"),
                Tag(f"{finding.severity:g}", "original-severity"),
            ]
            finding.severity = 1.0


@functools.lru_cache(4096)
def _parted(ids: tuple[str, ...]) -> tuple[list[str], list[str], str]:
    """Reference ids, each once; the CWEs among them, which belong elsewhere; the former as one text, whatever their order."""
    each = dict.fromkeys(id_ for id_ in ids if id_)
    weaknesses = [id_ for id_ in each if id_.startswith("CWE-")]
    references = [id_ for id_ in each if id_ not in weaknesses]
    return references, weaknesses, "\0".join(sorted(references))


def _say(finding: Finding, **facts: str) -> None:
    finding.details = passing.details(passing.members(finding.details), passing.members(facts))


def absorb(asset: Asset, other: Asset) -> None:
    """What another record knows of the same asset: attributes that were missing, tags and software that are new."""
    for name, value in other.attributes.items():
        asset.attributes.setdefault(name, value)
    if other.tags:
        asset.tags = list(dict.fromkeys([*asset.tags, *other.tags]))
    if other.software:
        asset.software = list(dict.fromkeys([*asset.software, *other.software]))


class Grouped(msgspec.Struct):
    """Assets, each once, ordered by key; ``merged`` are findings that Phoenix would take for another one, which has them."""

    assets: list[AssetFindings]
    merged: int


def regroup(partitions: list[list[AssetBlock]], options: ImportOptions) -> Grouped:
    """What one collector has, ready to be cut. What several have is joined by `scanner.regrouping`."""
    grouped = Grouped([], 0)
    for block in sorted((block for partition in partitions for block in partition), key=attrgetter("key")):
        distinct = Distinct()
        distinct.add(block.findings, block.identities)
        grouped.merged += distinct.merged
        findings = distinct.findings() or in_place_of_none(options)
        group = AssetFindings(block.key, block.asset.type, head(block.asset), findings)
        grouped.assets.append(group)
    return grouped


def in_place_of_none(options: ImportOptions) -> list[bytes]:
    """The findings that an asset without findings is sent with."""
    return [_encode(placeholder())] if options.create_inventory_assets and not options.just_tags else []


class _Head(msgspec.Struct, rename="camel", omit_defaults=True):
    attributes: dict[str, str]
    tags: list[Tag] = []
    installed_software: list[object] = []


def head(asset: Asset) -> bytes:
    """The asset's JSON object without its closing brace and without findings."""
    return _encode(_Head(asset.attributes, asset.tags, list(asset.software)))[:-1]


def placeholder() -> Finding:
    """The one finding of an inventory asset that has none."""
    return Finding(
        name="No findings",
        severity=1.0,
        description="The asset was scanned and nothing was found on it; this entry keeps it in the inventory.",
        remedy="Nothing to do.",
        location="inventory",
    )
