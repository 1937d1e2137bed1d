"""The sink that prepares what it is given for Phoenix."""

from collections import Counter

import msgspec
from msgspec.structs import replace

from scanner.anonymizing import Anonymizer
from scanner.collecting.blocks import AssetBlock, absorb
from scanner.collecting.counts import Counts
from scanner.collecting.findings import Preparation, say
from scanner.collecting.occurrences import Sharing
from scanner.errors import RecordError
from scanner.fixing import Fixer, retyped
from scanner.model import Asset, Dismissed, Finding, Occurrence, Tag, whole
from scanner.normalize.severity import ORIGINAL, bands
from scanner.options import ImportOptions
from scanner.set_aside import LONGEST_TEXT, DismissedRecord, Kept, Place, shortened
from scanner.translation import SkippedRecord

_encoder = msgspec.json.Encoder()


class Collector:
    """A sink. Memory: the encoded findings of what it is fed, so feed it a shard.

    ``tags`` go on every asset. What is told of records is anonymised when it is asked for: by then all names are known.
    """

    def __init__(self, options: ImportOptions, *, tags: tuple[Tag, ...] = (), anonymizer_key: bytes = b"") -> None:
        self._options = options
        self._tags = list(tags)
        self._fixer = Fixer(enabled=options.fix_data)
        self.anonymizer = Anonymizer(anonymizer_key) if options.anonymize else None
        self._blocks: dict[bytes, AssetBlock] = {}
        self._just_tags = options.just_tags
        self._dismissed: Counter[str] = Counter()
        self._unrated = 0
        self._rated: Counter[float] = Counter()
        """Findings by their severity: a report has few different ones."""
        self._changes = options.anonymize or options.create_empty_assets
        self._last: Asset | None = None
        self._last_block: AssetBlock
        self._encoded = bytearray()
        """Where a finding is encoded: bytes that are made in their final size need not grow."""
        self._preparation = Preparation()
        self._sharing = None if self._changes else Sharing(self._preparation, fix_data=options.fix_data)
        """None where the options change each occurrence."""
        self._plain: dict[tuple[str, ...], AssetBlock] = {}
        """By type and attributes of assets that say no more than these."""
        self._skipped: list[SkippedRecord] = []
        self._put_aside: Kept[DismissedRecord] = Kept()

    def afresh(self) -> "Collector":
        """An empty one of the same options, which knows the same names."""
        other = Collector(self._options, tags=tuple(self._tags))
        other.anonymizer = self.anonymizer
        return other

    def add(self, asset: Asset, finding: Finding | Occurrence) -> None:
        """Raises `RecordError` where Phoenix would refuse the finding and may not be appeased."""
        block = self._last_block if asset is self._last else self._known_block(asset)
        if self._just_tags:
            return
        if type(finding) is Occurrence:
            shared = self._sharing.of(finding.of) if self._sharing is not None else None
            if shared is not None and finding.location:
                for repair in shared.repairs:
                    self._fixer.repairs[repair] += 1
                block.findings.append(shared.encoded(finding))
                block.identities.append(shared.identity(finding))
                self._rated[shared.finding.severity] += 1
                return
            finding = whole(finding)
        severity = finding.severity
        known_as = self._preparation.prepare(finding, self._fixer)
        if self._changes:
            self._change(finding)
        _encoder.encode_into(finding, self._encoded)
        block.findings.append(bytes(self._encoded))
        # what `scanner.model.finding_identity` is made of: making hashes takes longer than moving the text itself
        block.identities.append(f"{finding.name}\0{finding.location}\0{known_as}")
        if severity == severity:  # as the report has it, whatever it is imported as; quicker than a call
            self._rated[severity] += 1
        else:
            self._unrated += 1

    def dismiss(self, asset: Asset, dismissed: Dismissed, place: Place) -> None:
        """Counts it, and adds it with a tag that says why where it is to be imported. Raises `RecordError` as `add` does."""
        block = self._known_block(asset)
        if self._options.include_dismissed:
            finding = replace(whole(dismissed.finding))
            finding.tags = [*finding.tags, Tag(dismissed.reason, "dismissed")]
            if dismissed.note:
                say(finding, dismissal=dismissed.note)
            self.add(asset, finding)
        self._dismissed[dismissed.reason] += 1
        if self._put_aside.room > 0:
            self._put_aside.add(_said(block.asset, dismissed, place()))

    def seen(self, asset: Asset) -> None:
        try:
            self._block(asset)
        except RecordError as error:
            self.skip(SkippedRecord("asset", str(error)))

    def skip(self, skipped: SkippedRecord) -> None:
        self._skipped.append(skipped)

    @property
    def skipped(self) -> list[SkippedRecord]:
        """All of them: what is not in Phoenix by our fault or the report's is told, however much it is."""
        return [skipped.retold(self._text) for skipped in self._skipped]

    @property
    def dismissed(self) -> list[DismissedRecord]:
        """The first of them."""
        return [self._told(dismissed) for dismissed in self._put_aside]

    @property
    def counts(self) -> Counts:
        findings = sum(len(block.findings) for block in self._blocks.values())
        first = next(iter(self._blocks.values()), None)
        return Counts(
            findings,
            len(self._skipped),
            dict(self._fixer.repairs),
            dict(self._dismissed),
            self._unrated,
            bands(self._rated),
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
        if self.anonymizer is not None:
            prepared = self.anonymizer.asset(prepared)
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

    def _told(self, dismissed: DismissedRecord) -> DismissedRecord:
        said = (dismissed.place, dismissed.name, dismissed.note)
        place, name, note = (shortened(self._text(text)) for text in said)
        return DismissedRecord(place, dismissed.reason, name, shortened(dismissed.asset), note)

    def _text(self, text: str) -> str:
        return text if self.anonymizer is None else self.anonymizer.text(text)

    def _change(self, finding: Finding) -> None:
        if self.anonymizer is not None:
            self.anonymizer.finding(finding)
        if self._options.create_empty_assets:
            finding.tags = [
                *finding.tags,
                Tag("true", "risk-zeroed"),
                Tag(f"{finding.severity:g}", ORIGINAL),
            ]
            finding.severity = 1.0


def _said(asset: Asset, dismissed: Dismissed, place: str) -> DismissedRecord:
    """With so much of each text that a name which is cut off at its end is not among what is told of it."""
    finding = dismissed.finding.of if isinstance(dismissed.finding, Occurrence) else dismissed.finding
    most = 4 * LONGEST_TEXT
    return DismissedRecord(place[:most], dismissed.reason, finding.name[:most], asset.name, dismissed.note[:most])
