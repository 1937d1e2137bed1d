"""Runs whose tool did not get to look: taken for clean they would close what earlier scans have found."""

from collections.abc import Iterator

from scanner.families.sarif.model import Invocation, Notification, Run, text_of


def failure(run: Run) -> str:
    """What the tool says of it; empty for a run that looked.

    Source: SARIF 2.1.0: ``results`` is absent or null where the run did not get as far as looking, and empty where it found
    nothing. A run with results is read whatever its invocations say: for a single unreadable file tools call one unsuccessful.
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


def _words(invocations: list[Invocation]) -> str:
    """Errors before other notifications, then how the process ended."""
    said = [said for invocation in invocations for said in _notifications(invocation)]
    texts = [text_of(notification.message) for notification in sorted(said, key=lambda each: not _is_error(each))]
    for invocation in invocations:
        texts += [
            invocation.process_start_failure_message or "",
            invocation.exit_code_description or "",
            invocation.exit_signal_name or "",
        ]
    return "; ".join(list(dict.fromkeys(filter(None, texts)))[:3])


def _notifications(invocation: Invocation) -> Iterator[Notification]:
    yield from invocation.tool_execution_notifications or ()
    yield from invocation.tool_configuration_notifications or ()


def _is_error(notification: Notification) -> bool:
    return (notification.level or "").casefold() == "error"
