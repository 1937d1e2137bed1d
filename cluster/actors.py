"""Starting and finding the service's actors: named, detached, restarted by Ray when they die."""

import asyncio
from collections.abc import Collection
from typing import Any, TypeVar, cast

import ray
from ray.exceptions import RayError

from cluster.names import NAMESPACE

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
    """Raises ValueError where it has not been started."""
    return ray.get_actor(name, namespace=NAMESPACE)


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
