"""What every format makes of every sample is what somebody has read and accepted.

``pytest tests/formats --accept-snapshots`` writes the snapshots anew; read the difference before it is committed.
"""

from pathlib import Path

import msgspec
from sample_reports import SAMPLES, SNAPSHOTS, WHOLE, Sample, Translated, about, by_format, translated

from scanner.model import Dismissed, whole
from scanner.normalize.passing import decoded


def snapshot_of(made: Translated) -> str:
    """Assets with their findings, and what was skipped, as JSON that a person can read."""
    sink, detected = made.sink, made.detected
    if detected is None:
        return _text({"refused": f"{type(made.error).__name__}: {made.error}"})
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


@by_format(WHOLE)
def test_translation_is_as_accepted(samples: list[Sample], *, accept_snapshots: bool) -> None:
    for sample in samples:
        with about(sample):
            made = snapshot_of(translated(sample))
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


@by_format(WHOLE)
def test_translation_depends_on_the_bytes_alone(samples: list[Sample], tmp_path: Path) -> None:
    """Another file name, another folder, another time: the same findings at the same locations."""
    folder = tmp_path / samples[0].slug
    folder.mkdir()
    for number, sample in enumerate(samples):
        with about(sample):
            copy = Sample(folder / f"other{number}{sample.path.suffix}")
            copy.path.write_bytes(sample.path.read_bytes())
            # the same name within messages is not asked for: places name the file
            first, second = snapshot_of(translated(sample)), snapshot_of(translated(copy))
            assert first.replace(sample.path.name, "") == second.replace(copy.path.name, "")


def test_there_are_samples() -> None:
    assert SAMPLES
