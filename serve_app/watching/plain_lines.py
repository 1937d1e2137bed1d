"""A job's event stream as a log file: a line for each event that says something to a reader."""

import json

from jobs_store.events import Event, EventKind
from serve_app.moments import zulu


def plain_line(event: Event) -> str:
    """Empty for steps of the progress. Whatever a message holds, it stays on its line."""
    data = json.loads(event.payload)
    match event.kind:
        case EventKind.LOG:
            level, text = event.level, str(data.get("message", ""))
        case EventKind.STATUS:
            level, text = "INFO", f"status: {data.get('status')}"
        case EventKind.COMPLETE:
            level = "INFO"
            text = f"completed: {data.get('assets_imported')} assets, {data.get('vulnerabilities_imported')} findings"
        case EventKind.ERROR:
            level, text = "ERROR", f"{data.get('status')}: {data.get('error_message')}"
        case _:
            return ""
    on_one_line = "".join(letter if letter.isprintable() else " " for letter in text)
    return f"{zulu(event.time)} {level:<8} {on_one_line}\n"
