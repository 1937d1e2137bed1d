"""How long to wait for the service, per request."""

import httpx

TIMEOUT = httpx.Timeout(30.0, connect=5.0)
UPLOAD_TIMEOUT = httpx.Timeout(60.0, connect=5.0, read=600.0)
"""Writing is bounded per piece, not as a whole; the answer comes once a large report is safe in object storage."""
