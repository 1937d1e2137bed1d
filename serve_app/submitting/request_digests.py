"""What tells two requests with one ``Idempotency-Key`` apart: their content and options, without what is secret in them."""

import hashlib

import msgspec

from serve_app.schemas.bulks import BulkOrder
from serve_app.schemas.form_fields import FormFields

_SECRET = {"phoenix_client_secret", "webhook_headers"}


def upload_digest(sha256: str | None, filename: str, fields: FormFields) -> str:
    """Of an upload: its bytes, its name, and its fields as they were sent or defaulted."""
    return _digest([sha256, filename, fields.model_dump(mode="json", exclude=_SECRET)])


def order_digest(order: BulkOrder) -> str:
    return _digest(order.model_dump(mode="json", exclude={"options": _SECRET, "rules": {"__all__": {"options": _SECRET}}}))


def _digest(document: object) -> str:
    return hashlib.sha256(msgspec.json.encode(document, order="deterministic")).hexdigest()
