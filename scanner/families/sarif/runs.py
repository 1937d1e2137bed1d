"""Runs: what each is about, and its results as a section."""

from collections.abc import Iterator

from scanner.families.sarif.context import run_context
from scanner.families.sarif.failures import failure, shortfall
from scanner.families.sarif.model import Log, Result
from scanner.families.sarif.results import findings
from scanner.families.scanned import failed
from scanner.format import Section


def sections(log: Log) -> Iterator[Section]:
    """One section per run, and one more where it did not look everywhere.

    ``inlineExternalProperties`` and files that a log refers to are not read. A log without ``runs``, which the standard
    requires, is what is left of one whose tool failed; ``[]`` says that there was nothing to run.
    """
    if log.runs is None:
        yield failed("the log has no runs, not even an empty list", "runs")
    for number, run in enumerate(log.runs or ()):
        where = f"runs[{number}].results"
        if words := failure(run):
            yield failed(words, where)
            continue
        context = run_context(run)
        yield Section(run.results or (), findings, Result, asset=context.asset, context=context, place=where)
        if words := shortfall(run):
            yield failed(words, f"runs[{number}].invocations")
