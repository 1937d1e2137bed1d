"""Phoenix tenants cost little, for a while, and of nobody more than of others."""

from collections.abc import AsyncIterator

import pytest

from cluster import tenants_actor
from cluster.account import Account
from cluster.tenants import Holder, PhoenixTenant
from cluster.tenants_actor import KeptTenants
from scanner.phoenix.credentials import PhoenixCredentials

HOLDER = Holder("importer", "process")


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


class Tenants:
    """Kept ones, all of which are closed at the end."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.kept = KeptTenants(self.clock)
        self.made: list[PhoenixTenant] = []

    def add(self, digest: str, owner: str = "team") -> list[PhoenixTenant]:
        tenant = PhoenixTenant(PhoenixCredentials("https://p", "id", digest))
        self.made.append(tenant)
        return self.kept.add(Account(digest, "job-1", owner), tenant)


@pytest.fixture
async def tenants() -> AsyncIterator[Tenants]:
    made = Tenants()
    yield made
    for tenant in made.made:
        await tenant.close()


async def test_who_is_idle_is_forgotten_after_some_minutes(tenants: Tenants) -> None:
    tenants.add("one")
    tenants.clock.now = 299
    assert tenants.kept.sweep() == []
    tenants.clock.now = 301
    assert tenants.kept.sweep() == tenants.made
    assert len(tenants.kept) == 0


async def test_who_has_a_place_is_kept_for_long(tenants: Tenants) -> None:
    tenants.add("one")
    await tenants.made[0].acquire(HOLDER, [1], [])
    tenants.clock.now = 3000
    assert tenants.kept.sweep() == []
    tenants.clock.now = 3601  # nobody sends for so long: the importer is gone for good
    assert tenants.kept.sweep() == tenants.made


async def test_who_is_being_asked_is_kept(tenants: Tenants) -> None:
    tenants.add("one")
    with tenants.kept.used(Account("one", "job-2", "team")):
        tenants.clock.now = 10_000
        assert tenants.kept.sweep() == []
    assert tenants.kept.sweep() == []  # used just now


async def test_one_with_many_secrets_displaces_only_its_own(tenants: Tenants, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tenants_actor, "_MOST_IDLE", 3)
    tenants.add("other", owner="other team")
    gone = []
    for number in range(10):
        tenants.clock.now = number
        gone += tenants.add(f"wrong {number}")
    assert gone == tenants.made[1:8]
    assert "other" in tenants.kept
    assert len(tenants.kept) == 4


async def test_a_limit_is_learnt_from_large_bodies_alone(tenants: Tenants) -> None:
    tenants.add("one")
    (tenant,) = tenants.made
    tenant.found_too_large(900_000)
    assert tenant.largest_body() is None
    tenant.found_too_large(20_000_000)
    tenant.found_too_large(24_000_000)
    assert tenant.largest_body() == 15_000_000
