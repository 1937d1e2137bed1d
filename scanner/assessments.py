"""What an assessment is called. The one place where a name is made of what the sender chose, or of nothing. Pure."""

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime

LONGEST_NAME = 256
"""In characters; Phoenix takes no more."""
PLACEHOLDERS = ("scanner", "stem", "path", "asset", "date")
_PER_REPORT = {"stem", "path", "asset"}
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_COMPRESSED = frozenset({"gz", "zst", "bz2", "xz"})
_LONGEST_STEM = 128
_UNIQUE_CHARACTERS = 12


@dataclass(frozen=True, slots=True)
class Upload:
    """What is known of an upload once its report has been translated."""

    job_id: str
    scanner: str
    """The format's slug."""
    filename: str
    path: str
    """As the client gave it; empty where that was a name alone."""
    asset: str
    submitted: datetime


def require_known_placeholders(template: str) -> str:
    """The template itself. Raises ``ValueError``, which names those that there are."""
    unknown = [match[0] for match in _PLACEHOLDER.finditer(template) if match[1] not in PLACEHOLDERS]
    if unknown:
        known = ", ".join(f"{{{name}}}" for name in PLACEHOLDERS)
        raise ValueError(f"has {', '.join(dict.fromkeys(unknown))}, which stands for nothing; there are {known}")
    return template


def is_template(name: str) -> bool:
    return _PLACEHOLDER.search(name) is not None


def tells_reports_apart(template: str) -> bool:
    """Whether two reports of one scanner may get two names by it. Without a template they always do."""
    return not template or any(match[1] in _PER_REPORT for match in _PLACEHOLDER.finditer(template))


def assessment_name(template: str, upload: Upload) -> str:
    """The template filled in; without one ``<SCANNER>-<file stem>-<YYYYMMDD_HHMM>-<what only this upload has>``."""
    values = {
        "scanner": upload.scanner.upper(),
        "stem": _stem(upload.filename),
        "path": upload.path or upload.filename,
        "asset": upload.asset,
        "date": f"{upload.submitted:%Y%m%d}",
    }
    name = _PLACEHOLDER.sub(lambda match: _shown(values.get(match[1], match[0])), template).strip()
    if not name:
        unique = upload.job_id.rpartition("-")[2][:_UNIQUE_CHARACTERS]
        name = f"{values['scanner']}-{_shown(values['stem'])[:_LONGEST_STEM]}-{upload.submitted:%Y%m%d_%H%M}-{unique}"
    return _fitting(name)


def _stem(filename: str) -> str:
    """Without folders, ending, and what says that it is compressed."""
    stem, ending = _parted(re.split(r"[/\\]", filename)[-1])
    if ending in _COMPRESSED:
        stem, _ = _parted(stem)
    return stem or "report"


def _parted(name: str) -> tuple[str, str]:
    stem, dot, ending = name.rpartition(".")
    return (stem, ending.lower()) if dot else (name, "")


def _shown(value: str) -> str:
    """In one line: a report says what its assets are called."""
    return "".join(letter if letter.isprintable() else " " for letter in value)


def _fitting(name: str) -> str:
    """What is too long is cut, and stays different from what is cut alike."""
    if len(name) <= LONGEST_NAME:
        return name
    rest = f"-{hashlib.sha256(name.encode('utf-8', 'surrogatepass')).hexdigest()[:_UNIQUE_CHARACTERS]}"
    return name[: LONGEST_NAME - len(rest)] + rest
