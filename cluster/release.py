"""With what version and settings the service's actors run, as Ray's state has it noted; ending those that run with others."""

import hashlib
import hmac
import time
from collections.abc import Iterable
from contextlib import suppress
from importlib.metadata import version
from typing import Any

import msgspec
import ray
from ray.exceptions import GetTimeoutError, RayError
from ray.experimental.internal_kv import _internal_kv_get, _internal_kv_put
from ray.util import list_named_actors

from cluster import names
from cluster.errors import ClusterUnavailableError
from cluster.settings import SECRET_FIELDS, Settings, secrets_of

_NOTED = b"release"
_HAND_BACK_SECONDS = 15.0
_END_SECONDS = 60.0
_LOOK_SECONDS = 0.05


def release_of(settings: Settings) -> str:
    """Another one for each version and whenever a setting has changed, secret ones as well, of which it tells nothing."""
    told = settings.model_dump_json(exclude=set(SECRET_FIELDS)).encode()
    text = msgspec.json.encode([version("phoenix-scanner"), told, secrets_of(settings)])
    return hmac.digest(settings.secret_key.get_secret_value().encode(), text, hashlib.sha256).hex()


def end_others(release: str) -> None:
    """Ends the actors that run with another release, once their jobs are given back; on return their names are free.

    Raises `ClusterUnavailableError`.
    """
    if _internal_kv_get(_NOTED, namespace=names.NAMESPACE.encode()) != release.encode():
        end_all()


def note(release: str) -> None:
    """Once every actor runs with it: whoever is interrupted before that ends and starts them again."""
    _internal_kv_put(_NOTED, release.encode(), overwrite=True, namespace=names.NAMESPACE.encode())


def end_all() -> None:
    """Ends all actors of the service. Jobs under way are queued again at once, where their coordinators still answer."""
    _kill(names.DISPATCHER)  # it would hand the jobs over again
    _give_jobs_back(_running())
    until = time.monotonic() + _END_SECONDS
    while left := _running():
        if time.monotonic() > until:
            raise ClusterUnavailableError(", ".join(left), "it does not end")
        for name in left:  # those too that others have started again meanwhile
            _kill(name)
        time.sleep(_LOOK_SECONDS)


def _running() -> list[str]:
    actors: list[Any] = list_named_actors(all_namespaces=True)  # one type for both of its answers
    return sorted(actor["name"] for actor in actors if actor["namespace"] == names.NAMESPACE)


def _give_jobs_back(running: Iterable[str]) -> None:
    """Of carriers that do not answer, the jobs' leases run out."""
    calls: list[Any] = []
    for name in filter(names.carries_jobs, running):
        with suppress(ValueError, AttributeError):  # it has ended, or is of a version that cannot
            calls.append(ray.get_actor(name, namespace=names.NAMESPACE).give_back.remote())
    with suppress(RayError, GetTimeoutError):
        ray.get(calls, timeout=_HAND_BACK_SECONDS)


def _kill(name: str) -> None:
    with suppress(ValueError):  # it is not running
        ray.kill(ray.get_actor(name, namespace=names.NAMESPACE))
