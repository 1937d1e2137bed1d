"""The sandbox's state as its threads share it: imports are applied in one, asked for in others."""

import asyncio
from collections.abc import Iterable, Iterator
from threading import Lock

import msgspec

from scanner.model import AssetType
from scanner.phoenix.sandbox.body import TagBody
from scanner.phoenix.sandbox.keep import Keep
from scanner.phoenix.sandbox.request import Assessment, ImportRequest
from scanner.phoenix.sandbox.snapshot import AssessmentSummary, AssetSnapshot, FindingState
from scanner.phoenix.sandbox.state import Assessments


class FindingLine(msgspec.Struct, frozen=True, rename="camel"):
    assessment: str
    asset_type: AssetType
    asset_id: str
    attributes: dict[str, str]
    state: FindingState
    finding: msgspec.Raw


class Memory:
    """An import is there wholly or not at all, for everyone who looks."""

    def __init__(self, keep: Keep) -> None:
        self._keep = keep
        self._assessments = Assessments(keep)
        self._lock = Lock()

    async def apply(self, request: ImportRequest) -> None:
        """In a thread, so that others are answered meanwhile. An import that `clear` overtakes changes nothing."""
        await asyncio.to_thread(self._apply, self._assessments, request)

    def _apply(self, assessments: Assessments, request: ImportRequest) -> None:
        with self._lock:
            assessments.apply(request.import_type, request.assessment, request.assets)

    def add_tags(self, tags: Iterable[TagBody], keys: list[bytes]) -> list[bytes]:
        """The keys that no asset has; if there are any, nothing is changed."""
        with self._lock:
            unknown = self._assessments.unknown(keys)
            if not unknown:
                self._assessments.add_tags(tags, keys)
            return unknown

    def summary(self) -> list[AssessmentSummary]:
        with self._lock:
            return self._assessments.summary()

    def snapshot(self) -> dict[Assessment, dict[str, AssetSnapshot]]:
        with self._lock:
            return self._assessments.snapshot()

    def lines(self, *, name: str | None, asset_type: AssetType | None, state: FindingState | None) -> Iterator[bytes]:
        """JSON lines of findings, those of one asset at a time: imports go on in between."""
        with self._lock:
            assets = self._assessments.assets(name=name, asset_type=asset_type)
        encoder = msgspec.json.Encoder()
        for assessment, key, asset in assets:
            with self._lock:
                findings = [(found, content) for found, _, content in asset.records() if state in (None, found)]
            if findings:
                where = (assessment.name, assessment.asset_type, key.hex(), asset.attributes)
                lines = (
                    (found, msgspec.json.format(content, indent=-1)) for found, content in findings
                )  # with breaks of its own
                yield encoder.encode_lines([FindingLine(*where, found, msgspec.Raw(line)) for found, line in lines])

    def clear(self) -> None:
        with self._lock:
            self._assessments = Assessments(self._keep)
