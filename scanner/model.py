"""Assets and findings as Phoenix takes them; the field names are those of its JSON, in snake case."""

from enum import StrEnum
from hashlib import blake2b
from typing import Any, final

import msgspec
from msgspec.structs import replace

from scanner.normalize import passing
from scanner.normalize.dismissal import Dismissal


class AssetType(StrEnum):
    INFRA = "INFRA"
    WEB = "WEB"
    CLOUD = "CLOUD"
    CONTAINER = "CONTAINER"
    REPOSITORY = "REPOSITORY"
    CODE = "CODE"
    BUILD = "BUILD"


class ImportType(StrEnum):
    NEW = "new"
    MERGE = "merge"
    DELTA = "delta"


class Tag(msgspec.Struct, frozen=True, gc=False):
    value: str
    key: str = ""


class Package(msgspec.Struct, rename="camel", omit_defaults=True, gc=False):
    name: str
    version: str = ""
    cpe: str = ""
    fix_versions: list[str] = []


class Software(msgspec.Struct, rename="camel", omit_defaults=True, frozen=True, gc=False):
    vendor: str
    name: str
    version: str
    cpe: str = ""


class Finding(msgspec.Struct, rename="camel", omit_defaults=True, gc=False):
    """One finding. Phoenix tells findings of an asset apart by name, location and reference ids: see `finding_identity`.

    Its lists may be those of other findings too: replace them, do not change them.
    """

    name: str
    severity: float
    """1.0 to 10.0, or `scanner.normalize.severity.UNRATED`: what nobody has rated is sent as 1.0, and says so."""
    description: str | msgspec.Raw = ""
    """As text, or as a JSON string that says something, which `scanner.normalize.passing` makes sure of: long texts go to
    Phoenix as they came, and those that repeat are encoded once. The same holds for the remedy."""
    remedy: str | msgspec.Raw = ""
    location: str = ""
    """Tells different records apart, and is the same on every scan: no scan times, no temporary paths."""
    reference_ids: list[str] = []
    cwes: list[str] = []
    published_date_time: str = ""
    packages: list[Package] = []
    details: Any = {}
    """Small facts that say something, by name: a dict, or a `msgspec.Struct` that omits its defaults, which is quicker."""
    tags: list[Tag] = []


class Asset(msgspec.Struct, omit_defaults=True, gc=False):
    """An asset without its findings. Make it with a constructor of `scanner.assets`, which knows the attributes per type."""

    type: AssetType
    attributes: dict[str, str]
    tags: list[Tag] = []
    software: list[Software] = []

    def key(self) -> bytes:
        """16 bytes that are the same for the same asset in every process: type and identifying attributes."""
        named = [self.attributes.get(name, "") for name in IDENTIFYING[self.type]]
        return blake2b("\0".join((self.type, *named)).encode("utf-8", "surrogatepass"), digest_size=16).digest()

    @property
    def name(self) -> str:
        """What people call it: of several attributes that identify it the last, which is the most particular."""
        named = (self.attributes.get(name, "") for name in reversed(IDENTIFYING[self.type]))
        return next(filter(None, named), "")


@final
class Occurrence(msgspec.Struct, gc=False):
    """A finding that is like another but for where it is and what was seen there: what they share is encoded once."""

    of: Finding
    """The same object for all that share it, which must not be changed."""
    location: str
    evidence: str = ""
    """The last of the details, where there is any."""
    facts: bytes = b""
    """What comes between the shared details and the evidence, as `scanner.normalize.passing.members`."""


def whole(finding: Finding | Occurrence) -> Finding:
    """The finding as one of its own, where it is an occurrence of another."""
    if type(finding) is Occurrence:
        details = passing.details(passing.members(finding.of.details), finding.facts, evidence=finding.evidence)
        return replace(finding.of, location=finding.location, details=details)
    return finding


class Dismissed(msgspec.Struct, gc=False):
    """A finding that the tool or a team has put aside: counted by reason, and imported only where that is asked for."""

    finding: Finding | Occurrence
    reason: Dismissal
    note: str = ""
    """What was said of it: who, when, why."""


class Located(msgspec.Struct, gc=False):
    """A finding on an asset that only its own record names; without a finding, an asset that was scanned and is clean."""

    asset: Asset
    finding: Finding | Occurrence | Dismissed | None = None


IDENTIFYING: dict[AssetType, tuple[str, ...]] = {
    AssetType.INFRA: ("ip", "hostname"),
    AssetType.WEB: ("ip", "fqdn"),
    AssetType.CLOUD: ("providerType", "providerAccountId", "region", "providerResourceId"),
    AssetType.CONTAINER: ("dockerfile",),
    AssetType.REPOSITORY: ("repository",),
    AssetType.CODE: ("scannerSource",),
    AssetType.BUILD: ("buildFile",),
}
"""The attributes by which Phoenix matches an asset of a type to one that it has."""

DESCRIBING: dict[AssetType, tuple[str, ...]] = {
    AssetType.INFRA: ("network", "fqdn", "os", "netbios", "macAddress"),
    AssetType.WEB: (),
    AssetType.CLOUD: ("vpc", "subnet", "providerAccountName", "resourceGroup"),
    AssetType.CONTAINER: ("repository", "origin", "imageDigest", "imageName"),
    AssetType.REPOSITORY: ("origin",),
    AssetType.CODE: ("origin",),
    AssetType.BUILD: ("repository", "origin"),
}
"""The attributes that an asset of a type may carry besides; Phoenix refuses any other."""


def missing_attributes(asset_type: AssetType, attributes: dict[str, str]) -> str:
    """What an asset lacks to be accepted, in words; empty when nothing is missing. Source: the vendor's table of attributes."""
    match asset_type:
        case AssetType.INFRA | AssetType.WEB:
            names = IDENTIFYING[asset_type]
            return "" if any(attributes.get(name) for name in names) else " or ".join(names)
        case AssetType.CLOUD:
            provider = attributes.get("providerType", "")
            if provider not in ("AWS", "AZURE", "GCP"):
                return "providerType (AWS, AZURE or GCP)"
            if not attributes.get("providerAccountId"):
                return "providerAccountId"
            return "region" if provider == "AZURE" and not attributes.get("region") else ""
        case _:
            (name,) = IDENTIFYING[asset_type]
            return "" if attributes.get(name) else name


def finding_identity(name: str, location: str, reference_ids: list[str]) -> bytes:
    """8 bytes that are the same for what Phoenix takes for the same finding of an asset."""
    ids = "\0".join(sorted(reference_ids) if len(reference_ids) > 1 else reference_ids)
    text = f"{name}\0{location}\0{ids}" if reference_ids else f"{name}\0{location}"
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
