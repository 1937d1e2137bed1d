"""Submit reports and follow their jobs from Python.

>>> with PhoenixScanner("https://scans.example.com", api_key=key) as scanner:
...     job = scanner.submit("trivy.json", SubmitOptions(scanner_type="trivy", import_type=ImportType.MERGE))
...     for event in scanner.follow(job.job_id):
...         print(event.type, event.data.progress, event.data.current_step)
"""

from typing import TYPE_CHECKING, Any

from client.sdk.bulks import Bulk, BulkEvent, BulkOrder, BulkPage, BulkRule, BulkStatus
from client.sdk.direct import DIRECT_BYTES, DirectUpload
from client.sdk.endpoint import DEFAULT_URL
from client.sdk.events import Event, EventData, EventType
from client.sdk.jobs import (
    Batch,
    DismissedRecord,
    DismissedRecords,
    Job,
    JobPage,
    JobStatus,
    MergedRecord,
    MergedRecords,
    SkippedRecord,
    SkippedRecords,
)
from client.sdk.options import AssetType, ImportType, Priority, SubmitOptions
from client.sdk.retries import ONCE, RetryPolicy
from client.sdk.scanner import PhoenixScanner
from client.sdk.service import Format, Health, LogLevel, Part, Ping
from client.sdk.tenants import LimitUse, Tenant, Usage
from client.sdk.watch import WatchPolicy

if TYPE_CHECKING:
    from client.sdk.async_scanner import AsyncPhoenixScanner

__all__ = [
    "DEFAULT_URL",
    "DIRECT_BYTES",
    "ONCE",
    "AssetType",
    "AsyncPhoenixScanner",
    "Batch",
    "Bulk",
    "BulkEvent",
    "BulkOrder",
    "BulkPage",
    "BulkRule",
    "BulkStatus",
    "DirectUpload",
    "DismissedRecord",
    "DismissedRecords",
    "Event",
    "EventData",
    "EventType",
    "Format",
    "Health",
    "ImportType",
    "Job",
    "JobPage",
    "JobStatus",
    "LimitUse",
    "LogLevel",
    "MergedRecord",
    "MergedRecords",
    "Part",
    "PhoenixScanner",
    "Ping",
    "Priority",
    "RetryPolicy",
    "SkippedRecord",
    "SkippedRecords",
    "SubmitOptions",
    "Tenant",
    "Usage",
    "WatchPolicy",
]


def __getattr__(name: str) -> Any:
    """The client for asyncio, when somebody asks for it: the other one does without its libraries."""
    if name != "AsyncPhoenixScanner":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from client.sdk.async_scanner import AsyncPhoenixScanner

    return AsyncPhoenixScanner
