import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert
from tenant_making import make_tenant

from jobs_store.database import Database
from jobs_store.errors import KeyNotFoundError, TenantNotFoundError
from jobs_store.keys import NewKey, Scope
from jobs_store.keys.text import sha256
from jobs_store.tables import api_keys

OURS = NewKey(name="ci", tenant="default")


async def test_a_key_is_found_by_its_text_until_it_is_revoked(database: Database) -> None:
    await make_tenant(database, "blue")
    key, plain = await database.keys.create(NewKey(name="pipeline", tenant="blue"))
    other, other_plain = await database.keys.create(NewKey(name="pipeline", tenant="default"))
    assert (key.name, key.tenant, other.tenant) == ("pipeline", "blue", "default")
    assert plain not in repr(key)
    assert plain.startswith(key.prefix)
    for each, its_text in ((key, plain), (other, other_plain)):
        known = await database.keys.find(its_text)
        assert known is not None
        assert (known.key, known.tenant.name) == (each, each.tenant)
    assert await database.keys.find(plain + "x") is None
    assert await database.keys.find("") is None
    assert await database.keys.revoke(key.key_id)
    assert not await database.keys.revoke(key.key_id)
    assert await database.keys.find(plain) is None
    assert [known.revoked_at is None for known in await database.keys.list()] == [False, True]


async def test_a_key_belongs_to_a_tenant_that_there_is(database: Database) -> None:
    with pytest.raises(TenantNotFoundError):
        await database.keys.create(NewKey(name="ci", tenant="nobody"))


async def test_a_key_expires(database: Database) -> None:
    soon = datetime.now(UTC) + timedelta(milliseconds=300)
    _, plain = await database.keys.create(NewKey(name="ci", tenant="default", expires_at=soon))
    assert await database.keys.find(plain) is not None
    async with asyncio.timeout(30):
        while await database.keys.find(plain) is not None:
            await asyncio.sleep(0.05)


async def test_a_rotated_key_has_two_texts_for_a_while(database: Database) -> None:
    key, first = await database.keys.create(OURS)
    rotated, second = await database.keys.rotate(key.key_id, overlap=timedelta(hours=1))
    assert rotated.key_id == key.key_id
    for text in (first, second):
        known = await database.keys.find(text)
        assert known is not None
        assert known.key.key_id == key.key_id
    _, third = await database.keys.rotate(key.key_id, overlap=timedelta(0))
    assert [await database.keys.find(text) is None for text in (first, second, third)] == [True, True, False]


async def test_a_revoked_key_is_not_rotated(database: Database) -> None:
    key, _ = await database.keys.create(OURS)
    await database.keys.revoke(key.key_id)
    with pytest.raises(KeyNotFoundError):
        await database.keys.rotate(key.key_id, overlap=timedelta(0))


async def test_the_last_use_is_noted(database: Database) -> None:
    key, plain = await database.keys.create(OURS)
    assert key.last_used_at is None
    await database.keys.used(key.key_id)
    known = await database.keys.find(plain)
    assert known is not None
    first = known.key.last_used_at
    assert first is not None
    await database.keys.used(key.key_id)
    assert (await database.keys.get(key.key_id)).last_used_at == first  # once a minute


@pytest.mark.parametrize("disable", [True, False])
async def test_keys_of_a_tenant_that_is_disabled_or_removed_open_nothing(database: Database, disable: bool) -> None:
    await make_tenant(database, "blue")
    _, plain = await database.keys.create(NewKey(name="ci", tenant="blue"))
    if disable:
        await database.tenants.change("blue", {"disabled": True})
    else:
        await database.tenants.remove("blue")
    assert await database.keys.find(plain) is None


async def test_keys_that_were_made_before_scopes_submit_and_read(database: Database) -> None:
    plain = "psk_" + "x" * 43
    async with database._transactions.write() as connection:
        row = {"key_id": "old", "name": "old", "tenant": "default", "sha256": sha256(plain)}
        await connection.execute(insert(api_keys).values(**row))
    known = await database.keys.find(plain)
    assert known is not None
    assert known.key.scopes == {Scope.SUBMIT, Scope.READ}
