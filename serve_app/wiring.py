"""What the edge stands on, put together once per process."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from importlib.metadata import version
from typing import Protocol

from anyio import CapacityLimiter
from limits.aio.storage import Storage
from starlette.requests import HTTPConnection

from cluster.handle import ClusterHandle, ClusterHealth
from cluster.metering.metrics import RATE_LIMITED, known
from cluster.progress import ProgressBus, open_bus
from cluster.settings import Settings
from cluster.telemetry import LocalTelemetry, Telemetry, process_telemetry
from jobs_store.database import Database, open_database
from jobs_store.secrets import SecretBox
from jobs_store.storage import ObjectStorage, open_storage
from scanner.outbound.destinations import Resolve, Resolver
from serve_app.edge_settings import EdgeSettings
from serve_app.identity.client_address import ClientAddresses
from serve_app.identity.key_uses import KeyUses
from serve_app.identity.oidc.sign_in import SignIn
from serve_app.identity.refusals import Refusals
from serve_app.identity.tenant_cache import TenantCache
from serve_app.identity.tokens import WatchTokens
from serve_app.keeping.kept import Kept
from serve_app.keeping.stores import open_kept_store
from serve_app.limiting.attempts import Attempts
from serve_app.limiting.limiter import Limiter
from serve_app.limiting.storage import RedisCounters, open_counters

_STORED_AT_ONCE = 40


class Cluster(Protocol):
    """What the edge asks of the cluster; see `cluster.handle.ClusterHandle`."""

    async def wake(self) -> None: ...

    async def wake_bulks(self) -> None: ...

    async def wake_courier(self) -> None: ...

    async def cancel(self, job_id: str) -> None: ...

    async def health(self) -> ClusterHealth: ...


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, kw_only=True)
class Wiring:
    """Nothing in it connects before its first use."""

    settings: Settings
    edge: EdgeSettings
    database: Database
    storage: ObjectStorage
    bus: ProgressBus
    cluster: Cluster
    counters: Storage
    """Of requests, over all replicas."""
    telemetry: Telemetry = field(default_factory=LocalTelemetry)
    now: Callable[[], datetime] = utc_now
    resolve: Resolve = field(default_factory=Resolver)
    """For the names in URLs that clients bring."""
    heartbeat_seconds: float = 30.0
    """Silence after which a watcher is told that the service is still there."""

    @cached_property
    def tokens(self) -> WatchTokens:
        return WatchTokens(self.settings.secret_key.get_secret_value(), self.edge.websocket_token_lifetime)

    @cached_property
    def addresses(self) -> ClientAddresses:
        return ClientAddresses(self.settings.secret_key.get_secret_value(), self.edge.trusted_proxies)

    @cached_property
    def sign_in(self) -> SignIn | None:
        """None where no issuer is configured."""
        return SignIn(self.settings, self.edge) if self.edge.oidc_issuer else None

    @cached_property
    def refusals(self) -> Refusals:
        return Refusals()

    @cached_property
    def limiter(self) -> Limiter:
        return Limiter(self.counters, self.edge, self.database.tenants.usage, self.limit_reached)

    @cached_property
    def attempts(self) -> Attempts:
        return Attempts(self.limit_reached)

    def limit_reached(self, limit: str) -> None:
        self.telemetry.meter.count(RATE_LIMITED, known(RATE_LIMITED, limit))

    @cached_property
    def tenants(self) -> TenantCache:
        return TenantCache(self.database.tenants)

    @cached_property
    def kept(self) -> Kept:
        settings, release = self.settings, version("phoenix-scanner")
        store, secret = open_kept_store(settings.redis_url), settings.secret_key.get_secret_value()
        return Kept(store, self.database.versions, secret=secret, database=settings.database_url, release=release)

    @cached_property
    def key_uses(self) -> KeyUses:
        return KeyUses(self.database.keys)

    @cached_property
    def trials(self) -> CapacityLimiter:
        """Reports that are tried out at once: each takes a core."""
        return CapacityLimiter(2)

    @cached_property
    def storing(self) -> ThreadPoolExecutor:
        """For what arrives, each waiting for a disk or a network most of the time. In Serve's event loop, which nobody runs
        to an end, anyio would start a thread for each call."""
        return ThreadPoolExecutor(_STORED_AT_ONCE, "store-upload")

    async def close(self) -> None:
        self.storing.shutdown(wait=False)
        await self.key_uses.close()
        if (sign_in := vars(self).get("sign_in")) is not None:  # made at its first use
            await sign_in.close()
        if (kept := vars(self).get("kept")) is not None:
            await kept.close()
        if isinstance(self.counters, RedisCounters):
            await self.counters.close()
        await self.bus.close()
        await self.database.dispose()


def open_wiring(settings: Settings, edge: EdgeSettings) -> Wiring:
    """The real thing, for a process that is connected to Ray. Raises what the addresses in the settings give cause to."""
    secrets = SecretBox.from_setting(settings.secret_key.get_secret_value())
    return Wiring(
        settings=settings,
        edge=edge,
        database=open_database(settings.database_url, secrets=secrets, pool_size=10),
        storage=open_storage(settings.storage_url),
        bus=open_bus(settings.redis_url),
        cluster=ClusterHandle(),
        counters=open_counters(settings.redis_url),
        telemetry=process_telemetry(),
    )


async def wiring_of(connection: HTTPConnection) -> Wiring:
    """A dependency of routes; `create_app` put it there. Not awaiting anything, but what is not async goes through a thread."""
    wiring: Wiring = connection.app.state.wiring
    return wiring
