"""From pieces to the batches of a job's plan. Pure."""

from collections.abc import Sequence

from cluster.report import Report
from jobs_store.jobs import Batch
from jobs_store.storage import layout
from scanner.batching import PieceInfo, order
from scanner.model import ImportType


def plan(report: Report, pieces: Sequence[PieceInfo], *, stored: bool) -> list[Batch]:
    """Batches numbered from 1 in the order in which they may leave; ``stored`` says whether their bodies are.

    A further part of an asset counts no asset, so that the sum over the batches is the number of assets.
    """
    options = report.options
    # tags alone must never close a finding, whatever the import's type
    import_type = ImportType.DELTA if options.just_tags else options.import_type
    return [
        Batch(
            number=batch.number,
            asset_type=batch.piece.asset_type,
            import_type=batch.import_type,
            needs=batch.needs,
            assets=0 if batch.piece.part else batch.piece.assets,
            findings=batch.piece.findings,
            size_bytes=batch.piece.size_bytes,
            storage_key=layout.body(report.job_id, batch.piece.place) if stored else None,
        )
        for batch in order(pieces, import_type)
    ]
