"""Imports in the background: what they change is there at IMPORTED, and they overtake each other."""

import asyncio
import heapq
from itertools import count

import pytest

from scanner.model import AssetType, ImportType
from scanner.phoenix.sandbox.imports import BackgroundImports, ImportStatus
from scanner.phoenix.sandbox.request import Assessment, ImportRequest


class ManualTime:
    """Sleeps end when the test says that time has passed."""

    def __init__(self):
        self.now = 0.0
        self._sleepers = []
        self._order = count()

    async def sleep(self, seconds):
        wake = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self.now + seconds, next(self._order), wake))
        await wake

    async def advance(self, seconds):
        until = self.now + seconds
        await settle()
        while self._sleepers and self._sleepers[0][0] <= until:
            self.now, _, wake = heapq.heappop(self._sleepers)
            if not wake.done():
                wake.set_result(None)
            await settle()
        self.now = until


async def settle():
    for _ in range(5):
        await asyncio.sleep(0)


def request(name="scan", import_type=ImportType.MERGE):
    return ImportRequest(import_type, Assessment(name, AssetType.WEB), ())


@pytest.fixture
def time():
    return ManualTime()


@pytest.fixture
def applied():
    return []


@pytest.fixture
def imports(time, applied):
    async def apply(request):
        if request.assessment.name == "broken":
            raise RuntimeError("no room")
        applied.append(request.assessment.name)

    return BackgroundImports(apply, time.sleep)


async def test_an_import_passes_through_its_states(imports, time, applied):
    request_id = imports.accept(request(), seconds=10, fails=False)
    seen = [(imports.status(request_id).status, list(applied))]
    for seconds in (4, 2, 3, 2):
        await time.advance(seconds)
        seen.append((imports.status(request_id).status, list(applied)))
    assert seen == [
        (ImportStatus.TRANSLATING, []),
        (ImportStatus.TRANSLATING, []),
        (ImportStatus.READY_FOR_IMPORT, []),
        (ImportStatus.READY_FOR_IMPORT, []),
        (ImportStatus.IMPORTED, ["scan"]),
    ]


async def test_imports_finish_in_the_order_of_their_times(imports, time, applied):
    for name, seconds in (("slow", 9), ("fast", 1), ("middle", 5)):
        imports.accept(request(name), seconds=seconds, fails=False)
    await time.advance(10)
    assert applied == ["fast", "middle", "slow"]
    assert imports.under_way == 0


async def test_an_import_that_shall_fail_changes_nothing(imports, time, applied):
    request_id = imports.accept(request(), seconds=2, fails=True)
    await time.advance(3)
    assert imports.status(request_id).status is ImportStatus.ERROR
    assert "told to fail" in imports.status(request_id).error
    assert applied == []


async def test_a_failure_of_the_sandbox_itself_is_an_error_too(imports, time):
    request_id = imports.accept(request("broken"), seconds=0, fails=False)
    await time.advance(1)
    assert (imports.status(request_id).status, imports.status(request_id).error) == (
        ImportStatus.ERROR,
        "RuntimeError: no room",
    )


async def test_it_knows_of_a_new_import_under_way(imports, time):
    scan = request().assessment
    assert not imports.new_under_way(scan)
    imports.accept(request(), seconds=1, fails=False)
    assert not imports.new_under_way(scan)
    imports.accept(request(import_type=ImportType.NEW), seconds=2, fails=False)
    assert imports.new_under_way(scan)
    assert not imports.new_under_way(request("other").assessment)
    await time.advance(3)
    assert not imports.new_under_way(scan)


async def test_stopping_drops_what_is_under_way(imports, time, applied):
    request_id = imports.accept(request(import_type=ImportType.NEW), seconds=1, fails=False)
    await settle()
    await imports.stop()
    await time.advance(5)
    assert applied == []
    assert imports.status(request_id) is None
    assert not imports.new_under_way(request().assessment)


async def test_an_import_dropped_before_its_first_step_is_not_under_way(imports):
    imports.accept(request(import_type=ImportType.NEW), seconds=1, fails=False)
    await imports.stop()
    assert not imports.new_under_way(request().assessment)
