"""Reports that would share an assessment, as far as that shows before they are sent."""

from collections import Counter
from collections.abc import Sequence
from pathlib import PurePath

from client.cli.console import err, plain
from client.sdk import ImportType

_ONLY_THE_SERVICE_KNOWS = ("{scanner}", "{asset}")


def warn_of_one_name(name: str, import_type: str, filenames: Sequence[str]) -> None:
    """Says on standard error when reports that replace an assessment's findings get one name for it."""
    alike = _alike(name, filenames) if import_type.lower() == ImportType.NEW else 0
    if alike > 1:
        err.print(
            plain(
                f"warning: {alike} reports go into one assessment as import type new, so of those with one type of assets each "
                "closes what the others brought; tell them apart by {path} in the name, or import as merge or delta",
                "yellow",
            ),
            soft_wrap=True,
        )


def _alike(name: str, filenames: Sequence[str]) -> int:
    """How many, at most, share a name, whatever the service fills in."""
    if not name or any(placeholder in name for placeholder in _ONLY_THE_SERVICE_KNOWS):
        return 0
    names = (name.replace("{path}", path).replace("{stem}", PurePath(path).name.partition(".")[0]) for path in filenames)
    return max(Counter(names).values(), default=0)
