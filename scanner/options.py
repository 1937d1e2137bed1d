"""What the sender of a report may choose about its translation and import."""

import msgspec

from scanner.model import AssetType, ImportType


class ImportOptions(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The form fields of an upload that concern the report; see docs/service-api.md for their meaning.

    Stored with the job as JSON (`encode`), so that a retry runs with the same choices.
    """

    scanner_type: str = "auto"
    mapping: str = ""
    """A format of the sender's own, as YAML; then ``scanner_type`` is its slug."""
    asset_type: AssetType | None = None
    assessment_name: str = ""
    """A name, or a template of `scanner.assessments`; empty for the default."""
    path: str = ""
    """The report's path as the client gave it, for the assessment's name alone."""
    import_type: ImportType = ImportType.NEW
    enable_batching: bool = True
    fix_data: bool = True
    anonymize: bool = False
    just_tags: bool = False
    create_empty_assets: bool = False
    create_inventory_assets: bool = False
    include_dismissed: bool = False
    """Import what was put aside too, tagged with the reason."""
    max_batch_size: int = 500
    """Most assets in a request."""
    max_payload_mb: float = 25.0
    """Most megabytes (10^6 bytes) in a request."""

    def encode(self) -> str:
        return msgspec.json.encode(self).decode()

    @classmethod
    def decode(cls, text: str) -> "ImportOptions":
        return msgspec.json.decode(text, type=cls)
