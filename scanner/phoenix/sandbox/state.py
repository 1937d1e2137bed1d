"""What Phoenix remembers: assessments, their assets, their findings, and what an import does to them. Pure: no I/O, no clock.

Also the oracle of the property tests: what one giant request leaves, many batches must leave.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import chain

import msgspec

from scanner.model import AssetType, ImportType
from scanner.phoenix.sandbox.body import SoftwareBody, TagBody
from scanner.phoenix.sandbox.keep import Keep, kept
from scanner.phoenix.sandbox.request import Assessment, ImportedAsset
from scanner.phoenix.sandbox.snapshot import AssessmentSummary, AssetSnapshot, FindingSnapshot, FindingState


class StoredAsset:
    """An asset of one assessment. Its findings are in `open` or in `closed`, by identity, and never in both."""

    __slots__ = ("attributes", "closed", "open", "software", "tags")

    def __init__(self) -> None:
        self.attributes: dict[str, str] = {}
        self.tags: set[TagBody] = set()
        self.software: tuple[SoftwareBody, ...] = ()
        self.open: dict[bytes, bytes] = {}
        self.closed: dict[bytes, bytes] = {}

    def describe(self, asset: ImportedAsset) -> None:
        """Attributes take the value they came with last, tags are added, software is replaced where it is spoken of."""
        self.attributes.update(asset.attributes)
        self.tags.update(asset.tags)
        if asset.software is not None:
            self.software = asset.software

    def find(self, findings: Iterable[tuple[bytes, bytes]]) -> None:
        for identity, content in findings:
            self.closed.pop(identity, None)
            self.open[identity] = content

    def close_all_but(self, seen: frozenset[bytes]) -> None:
        for identity in [identity for identity in self.open if identity not in seen]:
            self.closed[identity] = self.open.pop(identity)

    def records(self) -> Iterator[tuple[FindingState, bytes, bytes]]:
        """State, identity and content of every finding."""
        for state, findings in ((FindingState.OPEN, self.open), (FindingState.CLOSED, self.closed)):
            for identity, content in findings.items():
                yield state, identity, content

    def snapshot(self) -> AssetSnapshot:
        findings = {
            identity.hex(): FindingSnapshot(state, msgspec.json.decode(content)) for state, identity, content in self.records()
        }
        return AssetSnapshot(dict(self.attributes), sorted(self.tags), list(self.software), findings)


class Assessments:
    """All state of a Phoenix tenant. Applying the same request again changes nothing."""

    def __init__(self, keep: Keep = Keep.ALL) -> None:
        self._keep = keep
        self._assets: dict[Assessment, dict[bytes, StoredAsset]] = {}
        self._imports: dict[Assessment, Counter[ImportType]] = {}

    def apply(self, import_type: ImportType, assessment: Assessment, assets: Iterable[ImportedAsset]) -> None:
        """Does what the import type says.

        All three create, update and reopen what the payload holds. ``new`` closes every other open finding of the assessment,
        ``merge`` every other one on the assets that the payload names, ``delta`` none. An asset that is named twice is named
        with all that both say.
        """
        stored = self._assets.setdefault(assessment, {})
        self._imports.setdefault(assessment, Counter())[import_type] += 1
        seen: dict[bytes, list[dict[bytes, bytes]]] = {}
        for asset in assets:
            known = stored.setdefault(asset.key, StoredAsset())
            known.describe(asset)
            known.find((identity, kept(self._keep, content)) for identity, content in asset.findings.items())
            seen.setdefault(asset.key, []).append(asset.findings)
        if import_type is ImportType.DELTA:
            return
        for key in stored if import_type is ImportType.NEW else seen:
            stored[key].close_all_but(frozenset(chain.from_iterable(seen.get(key, ()))))

    def add_tags(self, tags: Iterable[TagBody], keys: Iterable[bytes]) -> None:
        """Adds to the assets of these keys, in every assessment that has them; others are left out: see `unknown`."""
        tags, keys = list(tags), list(keys)
        for stored in self._assets.values():
            for key in keys:
                if key in stored:
                    stored[key].tags.update(tags)

    def unknown(self, keys: Iterable[bytes]) -> list[bytes]:
        return [key for key in keys if not any(key in stored for stored in self._assets.values())]

    def assets(
        self, *, name: str | None = None, asset_type: AssetType | None = None
    ) -> list[tuple[Assessment, bytes, StoredAsset]]:
        """Assessment, key and asset of all that belong to the named assessment and type."""
        return [
            (assessment, key, asset)
            for assessment, stored in self._assets.items()
            if name in (None, assessment.name) and asset_type in (None, assessment.asset_type)
            for key, asset in stored.items()
        ]

    def summary(self) -> list[AssessmentSummary]:
        return [
            AssessmentSummary(
                name=assessment.name,
                asset_type=assessment.asset_type,
                assets=len(stored),
                open=sum(len(asset.open) for asset in stored.values()),
                closed=sum(len(asset.closed) for asset in stored.values()),
                imports={import_type.value: self._imports[assessment][import_type] for import_type in ImportType},
            )
            for assessment, stored in self._assets.items()
        ]

    def snapshot(self) -> dict[Assessment, dict[str, AssetSnapshot]]:
        """Plain data that is equal exactly when the states are; how many requests it took is no part of it."""
        return {
            assessment: {key.hex(): asset.snapshot() for key, asset in stored.items()}
            for assessment, stored in self._assets.items()
        }
