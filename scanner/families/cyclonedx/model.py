"""The objects of CycloneDX 1.0 to 1.7 that are read, with the names of its JSON schema.

Older documents carry vulnerabilities by the schema extension ``ext/vulnerability/1.0``, within a component or beside the
components, with scores and advisories in another shape: both shapes are taken. Source: the schemas of the CycloneDX project.
"""

import msgspec


class Property(msgspec.Struct, gc=False):
    name: str | None = None
    value: str | None = None


class Component(msgspec.Struct, gc=False):
    type: str | None = None
    name: str | None = None
    group: str | None = None
    version: str | None = None
    purl: str | None = None
    cpe: str | None = None
    bom_ref: str | None = msgspec.field(name="bom-ref", default=None)
    properties: list[Property] | None = None
    components: "list[Component] | None" = None


class Metadata(msgspec.Struct, gc=False):
    component: Component | None = None


class Source(msgspec.Struct, gc=False):
    name: str | None = None
    url: str | None = None


class Score(msgspec.Struct, gc=False):
    base: float | None = None


class Rating(msgspec.Struct, gc=False):
    source: Source | None = None
    score: float | str | Score | None = None
    severity: str | None = None
    vector: str | None = None
    method: str | None = None


class Reference(msgspec.Struct, gc=False):
    id: str | None = None


class Advisory(msgspec.Struct, gc=False):
    url: str | None = None


class AffectedVersion(msgspec.Struct, gc=False):
    version: str | None = None
    range: str | None = None
    status: str | None = None


class Affected(msgspec.Struct, gc=False):
    ref: str | None = None
    versions: list[AffectedVersion] | None = None


class Analysis(msgspec.Struct, gc=False):
    """The exploitability that a vendor states (VEX)."""

    state: str | None = None
    justification: str | None = None
    detail: str | None = None


class Vulnerability(msgspec.Struct, gc=False):
    id: str | None = None
    ref: str | None = None
    """The extension's way to name the component."""
    source: Source | None = None
    references: list[Reference] | None = None
    ratings: list[Rating] | None = None
    cwes: list[int | str] | None = None
    description: str | None = None
    detail: str | None = None
    recommendation: str | None = None
    recommendations: list[str] | None = None
    workaround: str | None = None
    advisories: list[Advisory | str] | None = None
    published: str | None = None
    rejected: str | None = None
    """When the advisory was withdrawn."""
    analysis: Analysis | None = None
    affects: list[Affected] | None = None


class Dependency(msgspec.Struct, rename="camel", gc=False):
    ref: str | None = None
    depends_on: list[str] | None = None


class Bom(msgspec.Struct):
    metadata: Metadata | None = None
    components: list[Component] | None = None
    dependencies: list[Dependency] | None = None
    vulnerabilities: list[msgspec.Raw] | None = None
