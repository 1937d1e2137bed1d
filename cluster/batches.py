"""What coordinators hand to importers. Apart from those: who sends it needs nothing of what it is sent to Phoenix with."""

from dataclasses import dataclass, field

from cluster.accounts import Account
from scanner.model import AssetType, ImportType


@dataclass(frozen=True, slots=True)
class BatchToImport:
    """A batch and where its body is: in object storage, or here where it is a short report's only one."""

    job_id: str
    lease_token: str = field(repr=False)
    number: int
    of: int
    import_type: ImportType
    asset_type: AssetType
    assessment_name: str
    account: Account
    awaited: bool
    """Other batches need this one."""
    sent_before: bool
    """By a process that has died: Phoenix may have accepted it, and may still be importing it."""
    size_bytes: int
    storage_url: str
    storage_key: str | None = None
    body: bytes | None = field(default=None, repr=False)
    import_timeout_seconds: int = 3600
