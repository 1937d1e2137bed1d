"""Runs whose tool did not get to look, or not everywhere: taken for clean they would close what earlier scans have found."""

from collections.abc import Iterator, Sequence

import msgspec

from scanner.families.sarif.model import Invocation, Location, Notification, Run, text_of
from scanner.families.scanned import quoted
from scanner.shapes.json.reading import decoder


def failure(run: Run) -> str:
    """What the tool says of it; empty for a run that looked.

    Source: SARIF 2.1.0: ``results`` is absent or null where the run did not get as far as looking, and empty where it found
    nothing. A run with results is read whatever its invocations say, as for a single unreadable file tools call one
    unsuccessful: see `shortfall`.
    An error that names a file is about that file, and others were looked at; one that names none is about the scan (Semgrep
    1.185 whose rules did not parse says that it was successful).
    """
    if run.results:
        return ""
    invocations = run.invocations or []
    if run.results is None:
        elsewhere = run.external_property_file_references
        if elsewhere is not None and elsewhere.results:
            return "its results are in another file"
        return _words(invocations) or "the run has no results, not even an empty list: its tool did not get as far as looking"
    if any(invocation.execution_successful is False for invocation in invocations):
        return _words(invocations) or "the tool says that it was not successful, and found nothing"
    errors = (said for invocation in invocations for said in _notifications(invocation) if _is_error(said))
    return next((text_of(said.message) or "an error without a message" for said in errors if not said.locations), "")


def shortfall(run: Run) -> str:
    """Where a run that did look says that it did not look everywhere, in its words; empty where it does not say so.

    These are errors about single files, and unsuccessful invocations of runs with results.
    """
    invocations = run.invocations or []
    errors = [said for invocation in invocations for said in _notifications(invocation) if _is_error(said)]
    if errors:
        return quoted(": ".join(filter(None, (_file(said), text_of(said.message) or "an error"))) for said in errors)
    if any(invocation.execution_successful is False for invocation in invocations):
        return _words(invocations) or "the tool says that it was not successful"
    return ""


def _file(notification: Notification) -> str:
    """The file that it is about, as the tool calls it."""
    try:
        locations = [decoder(Location).decode(raw) for raw in notification.locations or ()]
    except msgspec.ValidationError:
        return ""
    files = [where.physical_location.artifact_location for where in locations if where.physical_location]
    return next((file.uri for file in files if file and file.uri), "")


def _words(invocations: Sequence[Invocation]) -> str:
    """Errors before other notifications, then how the process ended."""
    said = [said for invocation in invocations for said in _notifications(invocation)]
    texts = [text_of(notification.message) for notification in sorted(said, key=lambda each: not _is_error(each))]
    for invocation in invocations:
        texts += [
            invocation.process_start_failure_message or "",
            invocation.exit_code_description or "",
            invocation.exit_signal_name or "",
        ]
    return quoted(texts)


def _notifications(invocation: Invocation) -> Iterator[Notification]:
    yield from invocation.tool_execution_notifications or ()
    yield from invocation.tool_configuration_notifications or ()


def _is_error(notification: Notification) -> bool:
    return (notification.level or "").casefold() == "error"
