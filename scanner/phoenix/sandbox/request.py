"""A checked import request, as the state takes it."""

from typing import NamedTuple

import msgspec

from scanner.model import AssetType, ImportType
from scanner.phoenix.sandbox.body import SoftwareBody, TagBody


class Assessment(NamedTuple):
    """What Phoenix tells assessments apart by: a scan of two asset types makes two of the same name."""

    name: str
    asset_type: AssetType


class ImportedAsset(msgspec.Struct, frozen=True):
    key: bytes
    attributes: dict[str, str]
    tags: tuple[TagBody, ...]
    software: tuple[SoftwareBody, ...] | None
    """None when the request does not speak of software, which is not the same as naming none."""
    findings: dict[bytes, bytes]
    """Encoded findings by `scanner.model.finding_identity`; of two with the same identity the later one."""


class ImportRequest(msgspec.Struct, frozen=True):
    import_type: ImportType
    assessment: Assessment
    assets: tuple[ImportedAsset, ...]

    @property
    def findings(self) -> int:
        return sum(len(asset.findings) for asset in self.assets)
