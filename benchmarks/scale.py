"""How much is measured: sizes that say something, or ones that only show that everything runs."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Scale:
    one_core_findings: int
    one_core_rounds: int
    process_rounds: int
    """How often a process is started for one figure; the best counts."""
    report_findings: tuple[int, ...]
    """Trivy reports of rising size; 60,000 findings are 100 MB."""
    report_imports: tuple[int, ...]
    """How often each of them is imported, and its bodies posted; the medians count."""
    fan_out_mb: int
    """Size of each report that is given to one worker and to several."""
    small_reports: int
    bulk_reports: int
    pings: int
    clients: tuple[int, ...]
    """Numbers of clients at once; the figures are those of the last."""
    idle_submissions: int
    watchers: tuple[int, ...]
    """Rising; the figures are those of the last."""
    watched_jobs: int
    watched_seconds: float
    upload_findings: int
    """Of the Trivy report whose upload shall leave no trace in memory; 300,000 are 500 MB."""
    many_findings: int
    many_assets: int
    start_rounds: int
    """How often each command is run, after once that compiles."""
    service_starts: int
    listed_jobs: int
    scaling_uploads: int
    slow_uploads: int
    """Clients that are under way for all of ``scaling_seconds``."""
    scaling_seconds: float


FULL = Scale(
    one_core_findings=60_000,
    one_core_rounds=3,
    process_rounds=30,
    report_findings=(6_000, 60_000, 600_000),
    report_imports=(7, 3, 1),
    fan_out_mb=500,
    small_reports=200,
    bulk_reports=5_000,
    pings=3_000,
    clients=(1, 2, 4, 8),
    idle_submissions=40,
    watchers=(20, 50, 100, 200),
    watched_jobs=20,
    watched_seconds=10,
    upload_findings=300_000,
    many_findings=1_000_000,
    many_assets=100_000,
    start_rounds=7,
    service_starts=3,
    listed_jobs=50_000,
    scaling_uploads=600,
    slow_uploads=1_000,
    scaling_seconds=120,
)

QUICK = Scale(
    one_core_findings=6_000,
    one_core_rounds=1,
    process_rounds=3,
    report_findings=(6_000, 18_000),
    report_imports=(3, 1),
    fan_out_mb=60,
    small_reports=40,
    bulk_reports=300,
    pings=500,
    clients=(2, 8),
    idle_submissions=8,
    watchers=(20, 50),
    watched_jobs=5,
    watched_seconds=3,
    upload_findings=60_000,
    many_findings=20_000,
    many_assets=2_000,
    start_rounds=3,
    service_starts=1,
    listed_jobs=2_000,
    scaling_uploads=60,
    slow_uploads=450,
    scaling_seconds=60,
)
