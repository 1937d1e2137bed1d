"""Storage for tasks; and this folder's own modules, importable."""

import sys
from pathlib import Path

import pytest

from jobs_store.storage import ObjectStorage, open_storage

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture(params=["directory", "s3"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> ObjectStorage:
    url: str = request.getfixturevalue("s3_url") if request.param == "s3" else f"file://{tmp_path}/objects"
    return open_storage(url)


@pytest.fixture
def directory(tmp_path: Path) -> ObjectStorage:
    return open_storage(f"file://{tmp_path}/objects")
