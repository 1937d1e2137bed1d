"""The servers that other tests stand on are real and separate for each test."""

from urllib.parse import parse_qs, urlsplit

import boto3
import psycopg
import redis


def test_postgres_answers(empty_postgres_url: str) -> None:
    with psycopg.connect(empty_postgres_url.replace("+psycopg", "")) as connection:
        row = connection.execute("SELECT current_setting('server_version_num')::int").fetchone()
    assert row is not None
    assert row[0] >= 160000


def test_valkey_answers(valkey_url: str) -> None:
    with redis.Redis.from_url(valkey_url) as client:
        assert client.dbsize() == 0
        client.set("key", "value")
        assert client.get("key") == b"value"


def test_s3_answers(s3_url: str) -> None:
    address = urlsplit(s3_url)
    client = boto3.client("s3", endpoint_url=parse_qs(address.query)["endpoint"][0])
    client.put_object(Bucket=address.netloc, Key="key", Body=b"value")
    assert client.get_object(Bucket=address.netloc, Key="key")["Body"].read() == b"value"
    client.close()
