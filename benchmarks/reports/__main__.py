"""``python -m benchmarks.reports KIND --findings N --out FILE``: writes a report and prints what is in it, as JSON."""

import json
import sys
import time
from pathlib import Path
from typing import Annotated

import typer

from benchmarks.reports.kind import write_report
from benchmarks.reports.kinds import KINDS


def main(
    kind: Annotated[str, typer.Argument(help=f"Of which scanner: {', '.join(KINDS)}.")],
    out: Annotated[Path, typer.Option(help="Where to write it; overwritten.")],
    findings: Annotated[int, typer.Option(min=1)] = 1_000,
    assets: Annotated[int, typer.Option(min=1, help="They share the findings unevenly; a few have a tenth each.")] = 1,
    seed: Annotated[int, typer.Option(help="The same seed makes the same bytes.")] = 0,
) -> None:
    """Writes a made-up report, and prints as JSON what is in it."""
    if kind not in KINDS:
        raise typer.BadParameter(f"{kind} is none of {', '.join(KINDS)}")
    started = time.monotonic()
    try:
        contents = write_report(KINDS[kind], out, findings=findings, assets=assets, seed=seed)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    seconds, size = time.monotonic() - started, out.stat().st_size
    told = {
        "file": str(out),
        "scanner_type": KINDS[kind].slug,
        "bytes": size,
        "assets": len(contents.assets),
        "findings": contents.findings,
        "names": len(contents.names),
        "findings_of_largest_asset": max(contents.assets.values()),
        "fingerprint": f"{contents.fingerprint:016x}",
        "mb_per_second": round(size / seconds / 1e6, 1),
    }
    sys.stdout.write(json.dumps(told) + "\n")


if __name__ == "__main__":
    typer.run(main)
