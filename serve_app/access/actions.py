"""What the audit log tells of: what can be done, and that it was."""

from enum import StrEnum

DONE = "done"


class Action(StrEnum):
    """What is done, as ``noun.verb``."""

    JOB_CREATE = "job.create"
    JOB_CANCEL = "job.cancel"
    JOB_RETRY = "job.retry"
    REPORT_READ = "report.read"
    """Of a job, as it was sent; the object is the job."""
    UPLOAD_CREATE = "upload.create"
    UPLOAD_COMPLETE = "upload.complete"
    UPLOAD_REMOVE = "upload.remove"
    BULK_CREATE = "bulk.create"
    BULK_CANCEL = "bulk.cancel"
    BULK_RETRY = "bulk.retry"
    KEY_CREATE = "key.create"
    KEY_ROTATE = "key.rotate"
    KEY_REVOKE = "key.revoke"
    SESSION_CREATE = "session.create"
    SESSION_REMOVE = "session.remove"
    KEY_REFUSE = "key.refuse"
    """A key or token that is not to be believed; the object says how many by that address, since it was said last."""
    LOG_LEVEL_CHANGE = "log_level.change"
    WEBHOOK_REPLAY = "webhook.replay"
    WEBHOOK_TEST = "webhook.test"
    TENANT_CREATE = "tenant.create"
    TENANT_CHANGE = "tenant.change"
    """The object names what: never the values."""
    TENANT_REMOVE = "tenant.remove"
    TENANT_ROTATE_WEBHOOK_SECRET = "tenant.rotate_webhook_secret"  # noqa: S105  # a name
