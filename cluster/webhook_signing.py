"""One signed request to a receiver, by the Standard Webhooks convention: what the courier and a trial run send alike."""

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import httpx
from standardwebhooks.webhooks import Webhook

from cluster.settings import Settings
from jobs_store.tenants import WebhookSecret
from scanner.outbound.destinations import Resolve, pin


def webhook_secret(settings: Settings) -> str:
    """What receivers verify with (``whsec_…``): ``WEBHOOK_SECRET``, or made of the newest ``SECRET_KEY``."""
    if settings.webhook_secret is not None:
        return settings.webhook_secret.get_secret_value()
    newest = settings.secret_key.get_secret_value().split(",")[0].strip()
    key = hmac.digest(newest.encode(), b"phoenix-scanner webhooks v1", hashlib.sha256)
    return "whsec_" + base64.b64encode(key).decode()


def signing_secrets(settings: Settings, own: Sequence[WebhookSecret]) -> list[str]:
    """The tenant's own, the newest first, else the service's."""
    return [secret.text for secret in own] or [webhook_secret(settings)]


async def post_signed(
    http: httpx.AsyncClient,
    settings: Settings,
    resolve: Resolve,
    *,
    url: str,
    headers: Mapping[str, str],
    message_id: str,
    body: str,
    secrets: Sequence[str],
) -> int:
    """The answer's status. A signature by each secret, so that a receiver may change its own at any time of the overlap.

    Follows no redirect and reads no body: it says nothing and may be endless. Raises `DestinationError` and what httpx raises.
    """
    pinned = await pin(url, settings.webhook_reach, resolve)
    moment = datetime.now(UTC)
    request = http.build_request("POST", pinned.url, content=body.encode(), extensions={"sni_hostname": pinned.sni_hostname})
    request.headers.update(headers)
    request.headers.update(
        {
            "host": pinned.host_header,
            "content-type": "application/json",
            "webhook-id": message_id,
            "webhook-timestamp": str(int(moment.timestamp())),
            "webhook-signature": " ".join(Webhook(secret).sign(message_id, moment, body) for secret in secrets),
        }
    )
    response = await http.send(request, stream=True)
    await response.aclose()
    return response.status_code
