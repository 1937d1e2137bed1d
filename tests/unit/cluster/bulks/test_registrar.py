"""What becomes a job of a bulk, and what is left out."""

from pathlib import Path

from cluster.bulks.order import Source, SourceKind, StoredOrder, Template
from cluster.bulks.registrar import Registrar
from cluster.progress import ProgressBus
from cluster.settings import Settings
from jobs_store.bulks import NewBulk
from jobs_store.database import open_database
from jobs_store.reach import EVERYWHERE
from jobs_store.secrets import SecretBox
from jobs_store.storage import open_storage
from scanner.options import ImportOptions

OPTIONS = ImportOptions()


class SilentBus(ProgressBus):
    async def publish(self, events: object) -> None: ...


async def test_members_without_room_are_left_out_with_the_reason(tmp_path: Path, sqlite_url: str) -> None:
    """A kilobyte can be packed into a few bytes, a thousand times: what counts is what is stored of it."""
    folder = tmp_path / "reports"
    folder.mkdir()
    for name, size in (("a.json", 100), ("b.json", 200), ("c.json", 100)):
        (folder / name).write_bytes(b"x" * size)
    settings = Settings(
        _env_file=None,
        api_key="an api key of the tests",
        secret_key="a key of the tests",
        database_url=sqlite_url,
        storage_url=(tmp_path / "objects").as_uri(),
        bulk_allowed_prefixes=(folder.as_uri(),),
    )
    template = Template("auto", OPTIONS.import_type, OPTIONS.encode())
    order = StoredOrder((Source(SourceKind.PREFIX, folder.as_uri()),), (), template, stored_bytes=250)
    async with open_database(sqlite_url, secrets=SecretBox.from_setting("a key of the tests")) as database:
        new = NewBulk(bulk_id="bulk-1", tenant="default", name="", priority=-10, order=order.encode(), seed="s")
        await database.bulks.create(new)
        await Registrar(settings, database, open_storage(settings.storage_url), SilentBus(), "bulk-1").run()
        bulk = await database.bulks.get(EVERYWHERE, "bulk-1")
        left_out = await database.bulks.skipped("bulk-1", after=-1, limit=10)
        assert (await database.tenants.usage("default")).stored_bytes == 200
    assert (bulk.members, bulk.error) == (3, None)
    assert [member.name for member in left_out] == ["b.json"]
    assert "stored_bytes" in left_out[0].reason
