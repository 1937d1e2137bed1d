"""What a sandbox is started with."""

from dataclasses import dataclass, field

from scanner.phoenix.sandbox.faults import Faults
from scanner.phoenix.sandbox.keep import Keep

CLIENT_ID = "sandbox-client"
CLIENT_SECRET = "sandbox-secret"  # noqa: S105 - of a server that holds nothing of worth


@dataclass(frozen=True, kw_only=True)
class SandboxSettings:
    client_id: str = CLIENT_ID
    client_secret: str = field(default=CLIENT_SECRET, repr=False)
    seed: int = 0
    """Of the faults: the same seed treats the same sequence of requests the same way."""
    keep: Keep = Keep.ALL
    faults: Faults = field(default_factory=Faults)
    remembered_requests: int = 10_000
    """How many requests the log goes back."""
