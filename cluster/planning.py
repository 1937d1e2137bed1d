"""From pieces to the batches of a job's plan. Pure."""

from collections.abc import Iterable, Sequence

from cluster.machine import PlannedImport
from cluster.report import Report
from jobs_store.jobs import Batch, BatchState, NewBatch
from jobs_store.storage import layout
from scanner.batching import PieceInfo, order
from scanner.model import ImportType


def plan(report: Report, pieces: Sequence[PieceInfo], *, stored: bool) -> list[NewBatch]:
    """Batches numbered from 1 in the order in which they may leave; ``stored`` says whether their bodies are.

    A further part of an asset counts no asset, so that the sum over the batches is the number of assets.
    """
    options = report.options
    # tags alone must never close a finding, whatever the import's type
    import_type = ImportType.DELTA if options.just_tags else options.import_type
    parts = {piece.number: piece.part for piece in pieces}
    ordered = order(pieces, import_type)
    numbers = {batch.number: number for number, batch in enumerate(ordered, start=1)}
    return [
        NewBatch(
            number=numbers[batch.number],
            asset_type=batch.asset_type,
            import_type=batch.import_type,
            needs=tuple(numbers[need] for need in batch.needs),
            assets=0 if parts[batch.number] else batch.assets,
            findings=batch.findings,
            size_bytes=batch.size_bytes,
            storage_key=layout.body(report.job_id, batch.number) if stored else None,
        )
        for batch in ordered
    ]


def known_to_machine(batches: Iterable[NewBatch | Batch]) -> tuple[PlannedImport, ...]:
    return tuple(
        PlannedImport(
            batch.number,
            batch.needs,
            batch.assets,
            batch.findings,
            isinstance(batch, Batch) and batch.state is BatchState.IMPORTED,
        )
        for batch in batches
    )
