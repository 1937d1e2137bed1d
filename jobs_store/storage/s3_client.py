"""How boto3 is asked to speak to S3: patiently, in words that older servers know."""

from threading import Lock
from typing import Any

import boto3
from botocore.config import Config

_LOADING = Lock()  # boto3's sessions are not thread-safe while they make a client; clients are


def s3_client(endpoint: str | None, region: str | None) -> Any:
    """Takes credentials, and what is None here, from the AWS environment. Opens no connection yet."""
    settings = Config(
        connect_timeout=5,
        read_timeout=60,
        retries={"mode": "standard", "max_attempts": 5},
        s3={"addressing_style": "path" if endpoint else "auto"},
        signature_version="s3v4",  # URLs too: only it signs how long a part may be
        request_checksum_calculation="when_required",  # older servers refuse the newer checksums
        response_checksum_validation="when_required",
    )
    with _LOADING:
        session = boto3.session.Session()
        return session.client("s3", endpoint_url=endpoint, region_name=region, config=settings)
