"""Starting and finding the service's actors: named, detached, restarted by Ray when they die."""

import asyncio
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, TypeVar, cast

import ray
from ray.exceptions import RayError

from cluster.names import BACKSTAGE, NAMESPACE

Answer = TypeVar("Answer")

_RESTART_SECONDS = 30.0
_LOOK_SECONDS = 0.25
_SHARE_OF_A_NODE = 0.001
"""So that all of them fit one node."""
_LINGER_SECONDS = 0.05


def start_actor(
    actor_class: type, name: str, *arguments: Any, resource: str, max_concurrency: int = 1000, max_task_retries: int = 0
) -> Any:
    """The actor of that name, started unless it runs, on a node that offers ``resource``; anywhere where that is empty.

    It uses no CPU to schedule by: actors of the service mostly wait. But a node that has one is never idle.
    """
    remote = cast(Any, ray).remote(actor_class)
    options = {
        "name": name,
        "namespace": NAMESPACE,
        "lifetime": "detached",
        "get_if_exists": True,
        "num_cpus": 0,
        "resources": {resource: _SHARE_OF_A_NODE} if resource else {},
        "scheduling_strategy": "SPREAD",
        "max_restarts": -1,
        "max_task_retries": max_task_retries,
        "max_concurrency": max_concurrency,
    }
    return remote.options(**options).remote(*arguments)


def find_actor(name: str) -> Any:
    """The actor of that name, or what stands for it where it shares a process.

    Raises ValueError where it has not been started.
    """
    try:
        return ray.get_actor(name, namespace=NAMESPACE)
    except ValueError:
        return Part(ray.get_actor(BACKSTAGE, namespace=NAMESPACE), name)


@dataclass(frozen=True, slots=True)
class Part:
    """An actor that has its process together with others: called as any other actor is."""

    process: Any
    name: str

    def __getattr__(self, method: str) -> "PartMethod":
        return PartMethod(self.process, self.name, method)


@dataclass(frozen=True, slots=True)
class PartMethod:
    process: Any
    part: str
    method: str

    def remote(self, *arguments: Any) -> Any:
        return self.process.call.remote(self.part, self.method, *arguments)

    def options(self, **options: Any) -> "PartCall":
        way = self.process.stream if options.get("num_returns") == "streaming" else self.process.call
        return PartCall(way.options(**options), self.part, self.method)


@dataclass(frozen=True, slots=True)
class PartCall:
    way: Any
    part: str
    method: str

    def remote(self, *arguments: Any) -> Any:
        return self.way.remote(self.part, self.method, *arguments)


async def answering(actor: Any) -> bool:
    """Waits until an actor that died has been restarted and answers its ``ping``; False where it does not in half a minute."""
    deadline = asyncio.get_running_loop().time() + _RESTART_SECONDS
    while asyncio.get_running_loop().time() < deadline:
        try:
            await actor.ping.remote()
        except RayError:
            await asyncio.sleep(_LOOK_SECONDS)
        else:
            return True
    return False


async def ended_together(tasks: Collection[asyncio.Task[Answer]]) -> set[asyncio.Task[Answer]]:
    """Those that have ended once one has, and others that end just after it: what is told in one answer costs one answer."""
    ended, left = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    if not left:
        return ended
    await asyncio.sleep(_LINGER_SECONDS)
    return {task for task in tasks if task.done()}
