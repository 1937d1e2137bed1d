"""GraphQL and kept answers on PostgreSQL and Valkey: how many statements an answer takes, and two replicas that share both."""

import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from limits.aio.storage import MemoryStorage
from memory_bus import MemoryBus
from sqlalchemy import event

from cluster.settings import Settings
from jobs_store.bulks import NewBulk, NewMember
from jobs_store.database import open_database
from jobs_store.jobs import NewJob
from jobs_store.secrets import SecretBox
from jobs_store.storage import open_storage
from serve_app.app import create_app
from serve_app.edge_settings import EdgeSettings
from serve_app.wiring import Wiring

QUERY = """{
  bulks(first: 20) { nodes {
    id byState { state jobs } byScanner { name } skipped(first: 5) { nodes { name reason } }
    jobs(first: 10) { nodes {
      id bulk { id name byState { jobs } } batches(first: 5) { nodes { number } }
      events(first: 5) { nodes { seq data } } webhooks { id attempts { number } }
    } }
  } }
  jobs(first: 50) { totalCount nodes { id bulk { name } events(first: 5) { nodes { seq } } } }
}"""


class AwayCluster:
    """Nobody is woken."""

    async def wake(self) -> None: ...

    async def wake_bulks(self) -> None: ...

    async def wake_courier(self) -> None: ...

    async def cancel(self, _job_id: str) -> None: ...


def replica(url: str, redis_url: str, folder: Path) -> Wiring:
    settings = Settings(
        _env_file=None,
        api_key="key",
        secret_key="secret",
        database_url=url,
        redis_url=redis_url,
        storage_url=(folder / "objects").as_uri(),
    )
    return Wiring(
        settings=settings,
        edge=EdgeSettings(_env_file=None, limit_graphql_cost=None),
        database=open_database(url, secrets=SecretBox.from_setting("secret")),
        storage=open_storage(settings.storage_url),
        bus=MemoryBus(),
        cluster=AwayCluster(),
        counters=MemoryStorage(),
    )


@pytest.fixture
async def replicas(postgres_url: str, valkey_url: str, tmp_path: Path) -> AsyncIterator[tuple[Wiring, Wiring]]:
    first, second = (replica(postgres_url, valkey_url, tmp_path) for _ in range(2))
    yield first, second
    await first.close()
    await second.close()


def client_of(wiring: Wiring) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(create_app(wiring))
    return httpx.AsyncClient(transport=transport, base_url="http://scan.test", headers={"X-API-Key": "key"})


@contextmanager
def statements(wiring: Wiring) -> Iterator[list[str]]:
    engine, seen = wiring.database._transactions._engine.sync_engine, []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        seen.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)


async def make_bulks(wiring: Wiring, bulks: int, jobs: int) -> None:
    registration = wiring.database.bulks.registration
    for number in range(bulks):
        bulk_id = f"bulk-{uuid.uuid4().hex}"
        order = NewBulk(bulk_id=bulk_id, tenant="default", name=f"b{number}", priority=0, order="{}", seed="s")
        await wiring.database.bulks.create(order)
        bulk, claim = await registration.claim(bulk_id)
        members = [NewMember(place, f"m{place}", new_job(bulk_id)) for place in range(jobs)]
        await registration.add_page(bulk, claim, [*members, NewMember(jobs, "left out", reason="no report")], "end")


def new_job(bulk_id: str | None = None) -> NewJob:
    values = {"filename": "r", "file_path": "x", "file_size_bytes": 1, "tenant": "default", "bulk_id": bulk_id}
    return NewJob(job_id=f"job-{uuid.uuid4().hex}", **values)


async def test_an_answer_takes_as_many_statements_however_much_is_in_it(replicas: tuple[Wiring, Wiring]) -> None:
    """Of bulks with their jobs, of these with all that they have: one for each kind of thing."""
    wiring, _ = replicas
    counted = []
    async with client_of(wiring) as client:
        for bulks, jobs in ((1, 1), (8, 6)):
            await make_bulks(wiring, bulks, jobs)
            await client.post("/graphql", json={"query": "{ viewer { actor } }"})  # what is asked once in a while is known now
            with statements(wiring) as seen:
                answer = (await client.post("/graphql", json={"query": QUERY})).json()
            assert "errors" not in answer, answer
            counted.append(len(seen))
    found = answer["data"]["bulks"]["nodes"]
    assert len(found) == 9
    assert sum(len(bulk["jobs"]["nodes"]) for bulk in found) == 1 + 8 * 6
    assert found[0]["byState"] == [{"state": "PENDING", "jobs": 6}]
    assert found[0]["skipped"]["nodes"] == [{"name": "left out", "reason": "no report"}]
    assert {job["bulk"]["id"] for job in found[0]["jobs"]["nodes"]} == {found[0]["id"]}
    assert answer["data"]["jobs"]["totalCount"] == 1 + 8 * 6
    assert counted[0] == counted[1] <= 13, seen


async def test_what_one_replica_keeps_another_finds_and_a_change_is_seen_at_once(replicas: tuple[Wiring, Wiring]) -> None:
    first, second = replicas
    await first.database.jobs.create(new_job())
    async with client_of(first) as one, client_of(second) as other:
        made = (await one.get("/api/v1/jobs")).content
        with statements(second) as seen:
            assert (await other.get("/api/v1/jobs")).content == made
        assert not [statement for statement in seen if "FROM jobs" in statement], "it was kept by the other replica"
        await first.database.jobs.create(new_job())
        assert (await other.get("/api/v1/jobs")).json()["total"] == 2
        assert (await one.get("/api/v1/jobs")).json()["total"] == 2


async def test_writers_of_one_tenant_wait_for_nobody_and_each_change_counts(replicas: tuple[Wiring, Wiring]) -> None:
    """A transaction that is not committed holds its slot of the tenant's version: others take another."""
    first, second = replicas
    await first.database.jobs.create(new_job())
    before = await first.database.versions.of("default")
    async with first.database._transactions.write() as held:
        await held.exec_driver_sql("UPDATE jobs SET progress = 1")
        await second.database.jobs.create(new_job())
        between = await second.database.versions.of("default")
        assert between > before
    assert await second.database.versions.of("default") > between


async def test_without_redis_lists_are_made_each_time(postgres_url: str, tmp_path: Path) -> None:
    wiring = replica(postgres_url, "redis://127.0.0.1:1/0", tmp_path)
    await wiring.database.jobs.create(new_job())
    async with client_of(wiring) as client:
        for _ in range(2):
            assert (await client.get("/api/v1/jobs")).json()["total"] == 1
    await wiring.close()
