"""The edge in a process of its own, as `edge_process.py` runs it."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil
from servers import free_port

API_KEY = "key-of-the-tests"
_COMMAND = [sys.executable, str(Path(__file__).with_name("integration") / "serve_app" / "edge_process.py")]


@contextmanager
def edge_server(**settings: str) -> Iterator[tuple[str, psutil.Process]]:
    """Yields ``127.0.0.1:port`` and the process, once it answers."""
    port = free_port()
    fixed = {
        "API_KEY": API_KEY,
        "SECRET_KEY": "secret-of-the-tests",
        "PHOENIX_CLIENT_ID": "id",
        "PHOENIX_CLIENT_SECRET": "secret",
    }
    with subprocess.Popen(_COMMAND, env=os.environ | fixed | settings | {"PORT": str(port)}) as process:
        try:
            transport = httpx.HTTPTransport(retries=20)  # with back-off: until it listens
            with httpx.Client(transport=transport, timeout=30) as client:
                client.get(f"http://127.0.0.1:{port}/api/v1/ping").raise_for_status()
            yield f"127.0.0.1:{port}", psutil.Process(process.pid)
        finally:
            process.terminate()
