"""A scanned target: the part that all Trivy reports have in common."""

from collections.abc import Iterator

import msgspec

from scanner.format import Section
from scanner.formats.trivy.licenses import License, license_finding
from scanner.formats.trivy.misconfigurations import Misconfiguration, misconfiguration_finding
from scanner.formats.trivy.modified import Modified, dismissed
from scanner.formats.trivy.secrets import Secret, secret_finding
from scanner.formats.trivy.vulnerabilities import Vulnerability, vulnerability_finding
from scanner.model import Asset
from scanner.normalize import passing


class Result(msgspec.Struct, rename="pascal"):
    target: str | None = None
    result_class: str | None = msgspec.field(name="Class", default=None)
    vulnerabilities: list[msgspec.Raw] | None = None
    misconfigurations: list[msgspec.Raw] | None = None
    secrets: list[msgspec.Raw] | None = None
    licenses: list[msgspec.Raw] | None = None
    modified: list[msgspec.Raw] | None = msgspec.field(name="ExperimentalModifiedFindings", default=None)
    type: str | None = None
    packages: msgspec.Raw = passing.ABSENT

    @property
    def image(self) -> str:
        """The image, where the target is its system: ``alpine:3.11 (alpine 3.11.13)``."""
        name, bracket, system = (self.target or "").rpartition(" (")
        return name if bracket and system.endswith(")") else ""


def result_sections(result: Result, asset: Asset, place: str, within: str = "") -> Iterator[Section]:
    """The findings of one target; ``within`` says where it runs, if one image may run in several places."""
    target = result.target or ""
    path = "" if result.image or result.result_class == "os-pkgs" else target
    packages = path, within
    licensed = " in ".join(filter(None, (path, within)))
    files = ": ".join(filter(None, (within, target)))
    for records, record, translate, where, what in (
        (result.vulnerabilities, Vulnerability, vulnerability_finding, packages, "Vulnerabilities"),
        (result.misconfigurations, Misconfiguration, misconfiguration_finding, files, "Misconfigurations"),
        (result.secrets, Secret, secret_finding, files, "Secrets"),
        (result.licenses, License, license_finding, licensed, "Licenses"),
        (result.modified, Modified, dismissed, (packages, files, licensed), "ExperimentalModifiedFindings"),
    ):
        if records:
            yield Section(records, translate, record, asset=asset, context=where, place=f"{place}.{what}")
