"""The objects of SARIF 2.1.0 that are read, with the names of the standard; everything is optional, as tools leave out a lot.

Source: OASIS, Static Analysis Results Interchange Format 2.1.0. Older drafts and careless tools write plain text where the
standard has a message object; both are taken.
"""

from typing import Any

import msgspec

from scanner.normalize import passing


class Message(msgspec.Struct, gc=False):
    text: str | None = None
    markdown: str | None = None
    id: str | None = None
    arguments: list[Any] | None = None


class ToolComponentReference(msgspec.Struct, gc=False):
    name: str | None = None
    index: int | None = None
    guid: str | None = None


class DescriptorReference(msgspec.Struct, rename="camel", gc=False):
    """Points to a rule or to an entry of a taxonomy."""

    id: str | int | None = None
    index: int | None = None
    tool_component: ToolComponentReference | None = None


class Relationship(msgspec.Struct, gc=False):
    target: DescriptorReference | None = None


class PropertyBag(msgspec.Struct, gc=False):
    """What tools agree on putting into the free-form ``properties`` of rules and results."""

    security_severity: Any = msgspec.field(name="security-severity", default=None)
    tags: Any = None
    cwe: Any = None
    name: Any = None
    severity: Any = None
    issue_severity: Any = None
    """Bandit."""
    zizmor_severity: Any = msgspec.field(name="zizmor/severity", default=None)


class Configuration(msgspec.Struct, gc=False):
    level: str | None = None


class ReportingDescriptor(msgspec.Struct, rename="camel", gc=False):
    """A rule."""

    id: str | int | None = None
    name: str | None = None
    short_description: Message | str | None = None
    full_description: Message | str | None = None
    help: Message | str | None = None
    help_uri: str | None = None
    message_strings: dict[str, Message] | None = None
    default_configuration: Configuration | None = None
    relationships: list[Relationship] | None = None
    properties: PropertyBag | None = None


class ToolComponent(msgspec.Struct, gc=False):
    name: str | None = None
    rules: list[msgspec.Raw] | None = None


class Tool(msgspec.Struct, gc=False):
    driver: ToolComponent | None = None
    extensions: list[ToolComponent] | None = None


class Taxon(msgspec.Struct, gc=False):
    id: str | int | None = None


class Taxonomy(msgspec.Struct, gc=False):
    name: str | None = None
    guid: str | None = None
    taxa: list[Taxon] | None = None


class ArtifactLocation(msgspec.Struct, rename="camel", gc=False):
    uri: str | None = None
    uri_base_id: str | None = None
    index: int | None = None


class Artifact(msgspec.Struct, gc=False):
    location: ArtifactLocation | None = None
    roles: list[str] | None = None


class Region(msgspec.Struct, rename="camel", gc=False):
    start_line: int | None = None
    start_column: int | None = None
    end_line: int | None = None
    byte_offset: int | None = None
    char_offset: int | None = None
    snippet: Message | str | None = None


class PhysicalLocation(msgspec.Struct, rename="camel", gc=False):
    artifact_location: ArtifactLocation | None = None
    region: Region | None = None


class LogicalLocation(msgspec.Struct, rename="camel", gc=False):
    fully_qualified_name: str | None = None
    name: str | None = None


class Location(msgspec.Struct, rename="camel", gc=False):
    physical_location: PhysicalLocation | None = None
    logical_locations: list[LogicalLocation] | None = None


class Suppression(msgspec.Struct, gc=False):
    kind: str | None = None
    status: str | None = None
    justification: str | None = None


class Fix(msgspec.Struct, gc=False):
    description: Message | str | None = None


class Fingerprints(msgspec.Struct, rename="camel", gc=False):
    commit_sha: str | None = None
    """Gitleaks: the commit that brought the secret."""


class Provenance(msgspec.Struct, rename="camel", gc=False):
    invocation_index: int | None = None


class Result(msgspec.Struct, rename="camel", gc=False):
    rule_id: str | int | None = None
    rule_index: int | None = None
    rule: DescriptorReference | None = None
    kind: str | None = None
    level: str | None = None
    baseline_state: str | None = None
    message: msgspec.Raw = passing.ABSENT
    """A `Message` or its text: often that of the rule's other results, which need not be read again."""
    locations: list[Location] | None = None
    suppressions: list[Suppression] | None = None
    fixes: list[Fix] | None = None
    taxa: list[DescriptorReference] | None = None
    partial_fingerprints: Fingerprints | None = None
    provenance: Provenance | None = None
    properties: PropertyBag | None = None


class ConfigurationOverride(msgspec.Struct, gc=False):
    descriptor: DescriptorReference | None = None
    configuration: Configuration | None = None


class Notification(msgspec.Struct, gc=False):
    level: str | None = None
    message: Message | str | None = None
    locations: list[msgspec.Raw] | None = None


class Invocation(msgspec.Struct, rename="camel", gc=False):
    execution_successful: bool | None = None
    exit_code_description: str | None = None
    exit_signal_name: str | None = None
    process_start_failure_message: str | None = None
    tool_execution_notifications: list[Notification] | None = None
    tool_configuration_notifications: list[Notification] | None = None
    rule_configuration_overrides: list[ConfigurationOverride] | None = None
    working_directory: ArtifactLocation | None = None


class ExternalFiles(msgspec.Struct, gc=False):
    results: list[msgspec.Raw] | None = None


class VersionControlDetails(msgspec.Struct, rename="camel", gc=False):
    repository_uri: str | None = None
    mapped_to: ArtifactLocation | None = None
    """Where it is checked out."""


class RunProperties(msgspec.Struct, rename="camel", gc=False):
    image_name: str | None = None
    """Trivy, for images; so are the others."""
    repo_tags: list[str] | None = None
    repo_digests: list[str] | None = None


class Run(msgspec.Struct, rename="camel"):
    tool: Tool | None = None
    results: list[msgspec.Raw] | None = None
    invocations: list[Invocation] | None = None
    external_property_file_references: ExternalFiles | None = None
    artifacts: list[Artifact] | None = None
    taxonomies: list[Taxonomy] | None = None
    original_uri_base_ids: dict[str, ArtifactLocation] | None = None
    version_control_provenance: list[VersionControlDetails] | None = None
    properties: RunProperties | None = None


class Log(msgspec.Struct):
    runs: list[Run] | None = None


class _Named(msgspec.Struct, gc=False):
    message: Message | str | None


_message = msgspec.json.Decoder(Message | str | None, strict=False).decode
_named = msgspec.json.Decoder(_Named, strict=False).decode


def message_of(result: Result) -> Message | str | None:
    """Raises `msgspec.ValidationError`, which names the place in the result."""
    raw = result.message
    try:
        return _message(raw) if raw is not passing.ABSENT else None
    except msgspec.ValidationError:
        return _named(b'{"message":%b}' % raw).message


def text_of(message: Message | str | None) -> str:
    text = (message.text or message.markdown) if isinstance(message, Message) else message
    return text.strip() if text else ""
