"""The application in a process of its own, without Ray: what a test measures is the edge alone."""

import os
import sys

import uvicorn

from cluster.handle import ClusterHealth
from cluster.logs import configure_logs
from cluster.progress import open_bus
from cluster.settings import load_settings
from jobs_store.database import open_database
from jobs_store.secrets import SecretBox
from jobs_store.storage import open_storage
from serve_app.app import create_app
from serve_app.edge_settings import load_edge_settings
from serve_app.limiting.storage import open_counters
from serve_app.wiring import Wiring


class IdleCluster:
    """A cluster that is well and does nothing."""

    async def wake(self) -> None:
        return None

    async def wake_bulks(self) -> None:
        return None

    async def wake_courier(self) -> None:
        return None

    async def cancel(self, job_id: str) -> None:
        return None

    async def health(self) -> ClusterHealth:
        return ClusterHealth(nodes=1, cpus=2.0, coordinators=1, running_jobs=0)


def main() -> None:
    settings = load_settings()
    configure_logs("WARNING")
    wiring = Wiring(
        settings=settings,
        edge=load_edge_settings(),
        database=open_database(settings.database_url, secrets=SecretBox.from_setting(settings.secret_key.get_secret_value())),
        storage=open_storage(settings.storage_url),
        bus=open_bus(settings.redis_url),
        cluster=IdleCluster(),
        counters=open_counters(settings.redis_url),
    )
    uvicorn.run(create_app(wiring), port=int(os.environ["PORT"]), log_level="warning", ws="websockets-sansio")


if __name__ == "__main__":
    sys.exit(main())
