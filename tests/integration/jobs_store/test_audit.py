"""The audit log on both databases: gapless whoever writes, not to be changed, cut off only at its beginning."""

import asyncio
import subprocess
import sys
from datetime import timedelta

import pytest
from sqlalchemy import delete, insert, text, update
from sqlalchemy.exc import DBAPIError

from jobs_store.audit import AuditEntry, Chain, Flaw, NewAuditEntry
from jobs_store.audit.records import CUT
from jobs_store.database import Database, open_database
from jobs_store.tables import audit

A_DAY, TEN_DAYS = timedelta(days=1), timedelta(days=10)


def entry(number: int = 0, **given: str) -> NewAuditEntry:
    plain = {"actor": "key:1", "tenant": "red", "action": "job.cancel", "object": f"job-{number}", "address": "192.0.2.7"}
    return NewAuditEntry(**plain | given)


async def all_of(database: Database) -> list[AuditEntry]:
    return [entry async for entry in database.audit.all()]


async def flaw_of(database: Database) -> Flaw | None:
    end, chain = await database.audit.end(), Chain()
    for entry in await all_of(database):
        if flaw := chain.take(entry):
            return flaw
    return chain.finish(end)


async def aged(database: Database, seq: int, by: timedelta) -> None:
    """Entries up to that number, as if they had been written earlier. Their hashes do not fit then."""
    for older in [entry for entry in await all_of(database) if entry.seq <= seq]:
        await past_the_triggers(database, update(audit).where(audit.c.seq == older.seq).values(at=older.at - by))


async def past_the_triggers(database: Database, statement: object) -> None:
    """As somebody does who owns the database."""
    async with database._transactions.write() as connection:
        if database._transactions.is_sqlite:
            kept = (await connection.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"))).all()
            for name, _ in kept:
                await connection.execute(text(f"DROP TRIGGER {name}"))
            await connection.execute(statement)
            for _, sql in kept:
                await connection.execute(text(sql))
        else:
            await connection.execute(text("ALTER TABLE audit DISABLE TRIGGER USER"))
            await connection.execute(statement)
            await connection.execute(text("ALTER TABLE audit ENABLE TRIGGER USER"))


async def test_entries_that_come_together_share_a_transaction(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    run, begun = database._transactions.run, []
    monkeypatch.setattr(database._transactions, "run", lambda work: begun.append(1) or run(work))
    entries = await asyncio.gather(*(database.audit.append(entry(number)) for number in range(50)))
    assert len(begun) == 1
    assert [entry.seq for entry in entries] == list(range(1, 51))
    assert await all_of(database) == entries
    assert await flaw_of(database) is None


async def test_there_is_no_gap_however_many_processes_write(database: Database, database_url: str) -> None:
    program = """if True:
        import asyncio, sys
        from jobs_store.audit import NewAuditEntry
        from jobs_store.database import open_database

        async def main():
            async with open_database(sys.argv[1]) as database:
                for turn in range(5):
                    news = [NewAuditEntry(actor=sys.argv[2], tenant="red", action="upload", object=str(n)) for n in range(8)]
                    await asyncio.gather(*map(database.audit.append, news))

        asyncio.run(main())
    """
    processes = [subprocess.Popen([sys.executable, "-c", program, database_url, f"key:{number}"]) for number in range(3)]
    assert [await asyncio.to_thread(process.wait, 60) for process in processes] == [0] * 3
    entries = await all_of(database)
    assert [entry.seq for entry in entries] == list(range(1, 121))
    assert [entry.at for entry in entries] == sorted(entry.at for entry in entries)
    assert await flaw_of(database) is None


async def test_it_is_only_appended_to(database: Database) -> None:
    for number in range(3):
        await database.audit.append(entry(number))
    before = await all_of(database)
    statements = [
        update(audit).values(actor="key:2"),
        update(audit).where(audit.c.seq == 3).values(at=before[0].at),
        delete(audit),
        delete(audit).where(audit.c.seq == 3),
        insert(audit).values(**vars(before[2]) | {"seq": 5}),
        insert(audit).values(**vars(before[2]) | {"seq": 4}),  # behind the newest, but not with its hash
        insert(audit).values(**vars(before[2]) | {"seq": 0}),
    ]
    if not database._transactions.is_sqlite:
        statements.append(text("TRUNCATE audit"))
    for statement in statements:
        with pytest.raises(DBAPIError, match="the audit log is only"):
            async with database._transactions.write() as connection:
                await connection.execute(statement)
    assert await all_of(database) == before


async def test_who_gets_past_that_is_found_out(database: Database) -> None:
    for number in range(5):
        await database.audit.append(entry(number))
    await past_the_triggers(database, update(audit).where(audit.c.seq == 3).values(object="another"))
    flaw = await flaw_of(database)
    assert flaw is not None
    assert flaw.seq == 3
    await past_the_triggers(database, delete(audit).where(audit.c.seq == 3))
    flaw = await flaw_of(database)
    assert flaw is not None
    assert (flaw.seq, "missing" in str(flaw)) == (3, True)


async def test_the_newest_is_missed_too(database: Database) -> None:
    for number in range(5):
        await database.audit.append(entry(number))
    await past_the_triggers(database, delete(audit).where(audit.c.seq == 5))
    flaw = await flaw_of(database)
    assert flaw is not None
    assert flaw.seq == 5


async def test_what_is_old_is_cut_off_and_the_rest_fits(database: Database) -> None:
    for number in range(6):
        await database.audit.append(entry(number))
    await aged(database, 4, TEN_DAYS)
    assert await database.audit.cut(TEN_DAYS) == 0  # not a day older: what is cut leaves an entry of its own
    assert await database.audit.cut(timedelta(days=5)) == 4
    kept = await all_of(database)
    assert [(entry.seq, entry.action) for entry in kept] == [(5, "job.cancel"), (6, "job.cancel"), (7, CUT)]
    assert await flaw_of(database) is None
    assert await database.audit.cut(timedelta(days=5)) == 0
    with pytest.raises(DBAPIError, match="the audit log is only"):
        async with database._transactions.write() as connection:
            await connection.execute(delete(audit).where(audit.c.seq == 5))


async def test_much_is_cut_off_in_portions(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jobs_store.audit.repository._MOST_CUT", 2)
    await asyncio.gather(*(database.audit.append(entry(number)) for number in range(5)))
    await aged(database, 5, TEN_DAYS)
    assert [await database.audit.cut(A_DAY) for _ in range(4)] == [2, 2, 1, 0]
    assert [entry.action for entry in await all_of(database)] == [CUT] * 3
    assert await flaw_of(database) is None


async def test_it_is_read_by_tenant_action_and_actor(database: Database) -> None:
    for number in range(6):
        tenant, actor = ("red", "key:1") if number % 2 else ("blue", "key:2")
        await database.audit.append(entry(number, tenant=tenant, actor=actor, action="upload" if number < 3 else "job.retry"))

    async def seqs(**given: object) -> list[int]:
        return [entry.seq for entry in await database.audit.list(**given)]

    assert await seqs() == [1, 2, 3, 4, 5, 6]
    assert await seqs(after=2, limit=3) == [3, 4, 5]
    assert await seqs(tenant="red") == [2, 4, 6]
    assert await seqs(tenant="red", action="upload") == [2]
    assert await seqs(actor="key:2", action="job.retry") == [5]
    assert await seqs(after=6) == []
    assert await seqs(newest=True, limit=2) == [5, 6]
    assert await seqs(actor="key:1\0\ud800") == []

    for actor in ("user:a_b@example.com#1", "user:a_b@example.com#2", "user:a-b@example.com#3", "user:a_b@example.com.org#4"):
        await database.audit.append(entry(7, actor=actor))
    assert await seqs(actor="user:a_b@example.com") == [7, 8]
    assert await seqs(actor="user:a_b@example.com#2") == [8]


async def test_a_new_database_has_an_empty_log_that_fits(database_url: str) -> None:
    async with open_database(database_url) as database:
        assert await flaw_of(database) is None
        assert (await database.audit.end()).seq == 0
