"""Makes the bucket that ``STORAGE_URL`` names where it does not exist; compose.yaml runs it before the service."""

import os
from urllib.parse import parse_qs, urlsplit

import boto3


def make_bucket(storage_url: str) -> None:
    """Idempotent. Credentials come from the environment."""
    address = urlsplit(storage_url)
    endpoint = parse_qs(address.query).get("endpoint", [None])[0]
    client = boto3.client("s3", endpoint_url=endpoint)
    try:
        client.create_bucket(Bucket=address.netloc)
    except (client.exceptions.BucketAlreadyOwnedByYou, client.exceptions.BucketAlreadyExists):
        return


if __name__ == "__main__":
    make_bucket(os.environ["STORAGE_URL"])
