"""What every format makes of every sample is what somebody has read and accepted.

``pytest tests/formats --accept-snapshots`` writes the snapshots anew; read the difference before it is committed.
"""

from pathlib import Path

import msgspec
import pytest
from sample_reports import SAMPLES, SNAPSHOTS, WHOLE, Collected, Sample

from scanner.errors import ScannerError
from scanner.model import Dismissed, whole
from scanner.normalize.passing import decoded
from scanner.translation import translate_file


def snapshot_of(sample: Sample) -> str:
    """Assets with their findings, and what was skipped, as JSON that a person can read."""
    sink = Collected()
    try:
        detected = translate_file(sample.path, sink, scanner_type=sample.slug)
    except ScannerError as error:
        return _text({"refused": f"{type(error).__name__}: {error}"})
    assets = [
        msgspec.to_builtins(asset)
        | {"findings": [decoded(finding) for on, finding in sink.findings if on == key]}
        | _dismissed([dismissed for on, dismissed in sink.dismissed if on == key])
        for key, asset in sink.assets.items()
    ]
    return _text({"format": detected.slug, "assets": assets, "skipped": msgspec.to_builtins(sink.skipped)})


def _dismissed(on_asset: list[Dismissed]) -> dict[str, object]:
    said = [{"reason": each.reason, "note": each.note, "finding": decoded(whole(each.finding))} for each in on_asset]
    return {"dismissed": said} if said else {}


def _text(document: object) -> str:
    return msgspec.json.format(msgspec.json.encode(document), indent=2).decode() + "\n"


@pytest.mark.parametrize("sample", WHOLE, ids=str)
def test_translation_is_as_accepted(sample: Sample, *, accept_snapshots: bool) -> None:
    made = snapshot_of(sample)
    if accept_snapshots:
        sample.snapshot.parent.mkdir(parents=True, exist_ok=True)
        sample.snapshot.write_text(made)
    assert sample.snapshot.exists(), (
        f"no snapshot yet: run pytest tests/formats --accept-snapshots, then read {sample.snapshot}"
    )
    assert made == sample.snapshot.read_text()


def test_no_snapshot_is_left_over(*, accept_snapshots: bool) -> None:
    wanted = {sample.snapshot for sample in WHOLE}
    left_over = sorted(path for path in SNAPSHOTS.glob("*/*") if path not in wanted)
    if accept_snapshots:
        for path in left_over:
            path.unlink()
    assert not [path for path in left_over if path.exists()]


@pytest.mark.parametrize("sample", WHOLE, ids=str)
def test_translation_depends_on_the_bytes_alone(sample: Sample, tmp_path: Path) -> None:
    """Another file name, another folder, another time: the same findings at the same locations."""
    copy = tmp_path / f"other{sample.path.suffix}"
    copy.write_bytes(sample.path.read_bytes())
    # the same name within messages is not asked for: places name the file
    first, second = snapshot_of(sample), snapshot_of(Sample(copy.rename(_same_slug(tmp_path, sample) / copy.name)))
    assert first.replace(sample.path.name, "") == second.replace(copy.name, "")


def _same_slug(folder: Path, sample: Sample) -> Path:
    (folder / sample.slug).mkdir()
    return folder / sample.slug


def test_there_are_samples() -> None:
    assert SAMPLES
