"""The sandbox's memory as plain data, to compare and to show."""

from enum import StrEnum

import msgspec

from scanner.model import AssetType
from scanner.phoenix.sandbox.body import SoftwareBody, TagBody


class FindingState(StrEnum):
    OPEN = "open"
    CLOSED = "closed"


class FindingSnapshot(msgspec.Struct, frozen=True):
    state: FindingState
    content: object
    """The finding as plain data, as far as it is kept: see `Keep`."""


class AssetSnapshot(msgspec.Struct, frozen=True):
    attributes: dict[str, str]
    tags: list[TagBody]
    software: list[SoftwareBody]
    findings: dict[str, FindingSnapshot]
    """By the hexadecimal `scanner.model.finding_identity`."""


class AssessmentSummary(msgspec.Struct, frozen=True, rename="camel"):
    name: str
    asset_type: AssetType
    assets: int
    open: int
    closed: int
    imports: dict[str, int]
    """Requests that were applied, by import type."""
