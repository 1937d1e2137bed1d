from jobs_store.database import Database


async def test_a_key_is_found_by_its_text_until_it_is_revoked(database: Database) -> None:
    key, plain = await database.keys.create("pipeline", "blue")
    other, other_plain = await database.keys.create("pipeline")
    assert (key.name, key.tenant, other.tenant) == ("pipeline", "blue", "default")
    assert plain not in repr(key)
    assert await database.keys.find(plain) == key
    assert await database.keys.find(other_plain) == other
    assert await database.keys.find(plain + "x") is None
    assert await database.keys.find("") is None
    assert await database.keys.revoke(key.key_id)
    assert not await database.keys.revoke(key.key_id)
    assert await database.keys.find(plain) is None
    assert [known.revoked_at is None for known in await database.keys.list()] == [False, True]
