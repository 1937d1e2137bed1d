"""What somebody is told who wants to look at the page; never the key itself."""

import io
import threading
import webbrowser
from pathlib import Path

import pytest
from rich.console import Console

from benchmarks.service import Service
from demo.keeping import keep_up


@pytest.mark.parametrize("display", ["", ":0"])
def test_the_page_is_named_and_opened_where_there_is_a_browser(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, display: str
) -> None:
    def end(_: threading.Event) -> None:
        raise KeyboardInterrupt

    opened: list[str] = []
    monkeypatch.setattr(threading.Event, "wait", end)
    monkeypatch.setattr(webbrowser, "open", opened.append)
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.setenv("DISPLAY", display)
    told = io.StringIO()
    keep_up(Console(file=told, width=200), Service("http://127.0.0.1:8123", "the-secret-key", "run"), tmp_path)
    assert "http://127.0.0.1:8123" in told.getvalue()
    assert str(tmp_path / "api-key") in told.getvalue()
    assert "the-secret-key" not in told.getvalue()
    assert opened == (["http://127.0.0.1:8123"] if display else [])
