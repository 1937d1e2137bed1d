"""Documents and translations from bytes."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from scanner.detection import Detected
from scanner.facts import read_facts
from scanner.format import Format, Variant
from scanner.model import Asset, AssetType, Dismissed, Finding
from scanner.readers.document import open_documents
from scanner.translation import SkippedRecord, translate_document

ASSET = Asset(AssetType.REPOSITORY, {"repository": "r"})


class Names:
    """A sink that keeps names of findings, and places of skipped records with their reasons."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.skipped: list[SkippedRecord] = []

    def add(self, asset: Asset, finding: Finding) -> None:
        self.names.append(finding.name)

    def dismiss(self, asset: Asset, dismissed: Dismissed) -> None: ...

    def seen(self, asset: Asset) -> None: ...

    def skip(self, skipped: SkippedRecord) -> None:
        self.skipped.append(skipped)


@pytest.fixture
def translate(tmp_path: Path) -> Callable[[Variant, bytes], Names]:
    """Translates bytes with one variant, whatever they look like."""

    def run(variant: Any, content: bytes) -> Names:
        path = tmp_path / "report"
        path.write_bytes(content)
        sink = Names()
        for document in open_documents(path):
            detected = Detected(Format("test", "Test", AssetType.REPOSITORY, (variant,)), variant, read_facts(document))
            translate_document(document, detected, sink)
        return sink

    return run
