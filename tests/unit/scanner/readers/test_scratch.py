"""Temporary folders go with whoever made them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from scanner.readers.scratch import scratch_folder


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return tmp_path


def test_there_is_no_folder_before_one_is_asked_for_nor_afterwards(temporary: Path) -> None:
    with scratch_folder() as scratch:
        assert list(temporary.iterdir()) == []
        (scratch() / "file").touch()
        assert [path.name for path in scratch().iterdir()] == ["file"]
        assert len(list(temporary.iterdir())) == 1
    assert list(temporary.iterdir()) == []


def test_what_a_killed_process_left_goes_with_the_next_and_that_of_a_living_one_stays(temporary: Path) -> None:
    program = (
        "import time\n"
        "from scanner.readers.scratch import scratch_folder\n"
        "with scratch_folder() as scratch: (scratch() / 'file').touch(); print(scratch(), flush=True); time.sleep(600)\n"
    )
    environment = os.environ | {"TMPDIR": str(temporary)}
    with subprocess.Popen([sys.executable, "-c", program], env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        theirs = Path(process.stdout.readline().strip())
        try:
            with scratch_folder() as scratch:
                assert {scratch(), theirs} == {*temporary.iterdir()}
            assert [path.name for path in theirs.iterdir()] == ["file"]
        finally:
            process.kill()
    with scratch_folder() as scratch:
        assert [scratch()] == [*temporary.iterdir()]
