"""The bodies that Phoenix takes, as types that refuse everything else."""

from datetime import datetime
from typing import Annotated, Any

import msgspec

from scanner.model import AssetType, ImportType

Text = Annotated[str, msgspec.Meta(min_length=1)]
Severity = Annotated[float, msgspec.Meta(ge=1.0, le=10.0)]
Cwe = Annotated[str, msgspec.Meta(pattern=r"^CWE-[0-9]+\Z")]


class TagBody(msgspec.Struct, forbid_unknown_fields=True, frozen=True, order=True, gc=False):
    value: Text
    key: str = ""


class SoftwareBody(msgspec.Struct, forbid_unknown_fields=True, frozen=True, omit_defaults=True, gc=False):
    vendor: str
    name: Text
    version: str
    cpe: str = ""


class PackageBody(msgspec.Struct, rename="camel", forbid_unknown_fields=True, gc=False):
    name: Text
    version: str = ""
    cpe: str = ""
    fix_versions: list[str] = []


class FindingBody(msgspec.Struct, rename="camel", forbid_unknown_fields=True, gc=False):
    name: Text
    description: Text
    remedy: Text
    severity: Severity
    location: str = ""
    reference_ids: Annotated[list[Text], msgspec.Meta(min_length=1)] | msgspec.UnsetType = msgspec.UNSET
    cwes: Annotated[list[Cwe], msgspec.Meta(min_length=1)] | msgspec.UnsetType = msgspec.UNSET
    published_date_time: datetime | msgspec.UnsetType = msgspec.UNSET
    packages: list[PackageBody] = []
    details: dict[str, Any] = {}
    tags: list[TagBody] = []


class AssetBody(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    attributes: dict[str, str]
    tags: list[TagBody] = []
    installed_software: list[SoftwareBody] | msgspec.UnsetType = msgspec.UNSET
    findings: list[msgspec.Raw] = []


class AssessmentBody(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    asset_type: AssetType
    name: Text
    asset_sub_type: str = ""


class ImportBody(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    import_type: ImportType
    assessment: AssessmentBody
    assets: list[msgspec.Raw]


class TagsBody(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """Tags to add to assets that exist."""

    tags: Annotated[list[TagBody], msgspec.Meta(min_length=1)]
    asset_ids: Annotated[list[Text], msgspec.Meta(min_length=1)]
