"""Where output goes: results to standard output, everything else to standard error."""

import sys
import unicodedata

from rich.console import Console
from rich.text import Text

PIPED_COLUMNS = 200
"""Width of tables that do not go to a terminal: wide enough that no id is cut."""

err = Console(stderr=True, highlight=False, emoji=False)
"""Progress, hints and errors."""


def out() -> Console:
    """Results for a person."""
    return Console(highlight=False, emoji=False, width=None if sys.stdout.isatty() else PIPED_COLUMNS)


def printable(text: object) -> str:
    """Text of the service or of a file name without control characters, which could rewrite what the terminal shows."""
    return "".join(" " if unicodedata.category(letter) == "Cc" else letter for letter in str(text))


def plain(text: object, style: str = "") -> Text:
    """The same for Rich: nothing in it is taken for markup."""
    return Text(printable(text), style=style)
