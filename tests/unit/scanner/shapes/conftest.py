"""Documents and translations from bytes."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from scanner.model import Asset, AssetType, Dismissed, Finding
from scanner.opening import open_documents
from scanner.set_aside import Place
from scanner.shapes.rooms import read_facts
from scanner.shapes.shape import Variant
from scanner.translation import SkippedRecord, translate_sections

ASSET = Asset(AssetType.REPOSITORY, {"repository": "r"})


class Names:
    """A sink that keeps names of findings, and places of skipped records with their reasons."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.skipped: list[SkippedRecord] = []

    def add(self, asset: Asset, finding: Finding) -> None:
        self.names.append(finding.name)

    def dismiss(self, asset: Asset, dismissed: Dismissed, place: Place) -> None: ...

    def seen(self, asset: Asset) -> None: ...

    def skip(self, skipped: SkippedRecord) -> None:
        self.skipped.append(skipped)


@pytest.fixture
def translate(tmp_path: Path) -> Callable[[Variant[Any], bytes], Names]:
    """Translates bytes with one variant, whatever they look like."""

    def run(variant: Variant[Any], content: bytes) -> Names:
        path = tmp_path / "report"
        path.write_bytes(content)
        sink = Names()
        for document in open_documents(path):
            translate_sections(variant.read(document, variant.layout(read_facts(document))), document.name, sink)
        return sink

    return run
