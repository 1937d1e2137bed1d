"""Names under which the actors of the service are found, and which the Ray dashboard shows."""

NAMESPACE = "phoenix-scanner"
DISPATCHER = "dispatcher"
PROGRESS_BUS = "progress-bus"
COURIER = "webhook-courier"
BULK_CLERK = "bulk-clerk"
TENANTS = "phoenix-tenant-"


def coordinator(number: int) -> str:
    return f"coordinator-{number}"


def importer(number: int) -> str:
    return f"importer-{number}"


def tenant(digest: str) -> str:
    return f"{TENANTS}{digest}"
