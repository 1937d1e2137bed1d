"""The service kept up for somebody to look at, until they end it."""

import os
import sys
import threading
import webbrowser
from contextlib import suppress
from pathlib import Path

from rich.console import Console

from benchmarks.service import Service
from serve_app.embedded.data_folder import DataFolder


def keep_up(out: Console, service: Service, data: Path) -> None:
    """Opens the web page where there is a browser for it, and waits for Ctrl-C. The key is in a file, not on the screen."""
    out.print(f"\nThe web page is at [bold]{service.url}[/]", soft_wrap=True)
    out.print(f"Sign in with the key in {DataFolder(data).api_key_file}", highlight=False, soft_wrap=True)
    if has_browser():
        webbrowser.open(service.url)
    out.print("Ctrl-C ends it.", style="dim")
    with suppress(KeyboardInterrupt):
        threading.Event().wait()


def has_browser() -> bool:
    """Whether one would have a window: else `webbrowser` takes one that fills the terminal."""
    return sys.platform in ("darwin", "win32") or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
