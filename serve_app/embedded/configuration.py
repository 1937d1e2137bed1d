"""Settings of the embedded service: the environment, ``DIR/.env``, and what is filled in for a single machine."""

import os
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from cluster.settings import Settings, load_settings
from serve_app.edge_settings import EdgeSettings, load_edge_settings
from serve_app.embedded.data_folder import DataFolder
from serve_app.errors import StartError
from serve_app.identity.key_strength import weak_keys


@dataclass(frozen=True)
class Configuration:
    settings: Settings
    edge: EdgeSettings
    new_api_key: str | None = None
    """Set when it was generated just now: to be shown once."""


class _Given(BaseSettings):
    """Which of the settings that are filled in here somebody has made."""

    model_config = SettingsConfigDict(extra="ignore", env_ignore_empty=True)

    api_key: str | None = None
    secret_key: str | None = None
    database_url: str | None = None
    storage_url: str | None = None
    actors_together: bool | None = None
    importers: int | None = None


def embedded(folder: DataFolder) -> Configuration:
    """Generates the keys that are not given. Raises `StartError`, which names each setting that is wrong."""
    given = _Given(_env_file=folder.env_file)  # type: ignore[call-arg]  # pydantic-settings takes it, its types do not say so
    filled: dict[str, object] = {}
    new_api_key = None
    if given.api_key is None:
        filled["api_key"], generated = folder.generated(folder.api_key_file)
        new_api_key = str(filled["api_key"]) if generated else None
    if given.secret_key is None:
        filled["secret_key"], _ = folder.generated(folder.secret_key_file)
    if given.database_url is None:
        filled["database_url"] = folder.database_url
    if given.storage_url is None:
        filled["storage_url"] = folder.storage_url
    if given.actors_together is None:
        filled["actors_together"] = True
    if given.importers is None:
        filled["importers"] = 1
    return _load(folder.env_file, filled, new_api_key)


def on_cluster(folder: DataFolder) -> Configuration:
    """Nothing is filled in: keys and addresses must be the same on every node, so they have to be given."""
    return _load(folder.env_file, {}, None)


def of_environment() -> Configuration:
    """Of a process that runs on the cluster already: what its node has. Raises `StartError`."""
    return _load(None, {}, None)


def _load(env_file: Path | None, filled: dict[str, object], new_api_key: str | None) -> Configuration:
    try:
        configuration = Configuration(load_settings(env_file, **filled), load_edge_settings(env_file), new_api_key)
    except ValidationError as error:
        raise StartError("wrong settings: " + describe(error)) from error
    edge = configuration.edge
    for name, file in (("TLS_CERT", edge.tls_cert), ("TLS_KEY", edge.tls_key)):
        if file and not os.access(file, os.R_OK):
            raise StartError(f"wrong settings: {name}: {file} cannot be read")
    if weak := weak_keys(configuration.settings):
        raise StartError("weak keys: " + "; ".join(weak))
    return configuration


def describe(error: ValidationError) -> str:
    """Names of the environment variables, and what is wrong with each; never their values."""
    return "; ".join(
        f"{str(item['loc'][0] if item['loc'] else 'TLS').upper()}: {item['msg'].removeprefix('Value error, ')}"
        for item in error.errors()
    )
