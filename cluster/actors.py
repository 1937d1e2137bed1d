"""Starting and finding the service's actors: named, detached, restarted by Ray when they die."""

from typing import Any, cast

import ray

from cluster.names import NAMESPACE


def start_actor(actor_class: type, name: str, *arguments: Any, max_concurrency: int = 1000, max_task_retries: int = 0) -> Any:
    """The actor of that name, started unless it runs. It uses no CPU to schedule by: actors of the service mostly wait."""
    remote = cast(Any, ray).remote(actor_class)
    options = {
        "name": name,
        "namespace": NAMESPACE,
        "lifetime": "detached",
        "get_if_exists": True,
        "num_cpus": 0,
        "max_restarts": -1,
        "max_task_retries": max_task_retries,
        "max_concurrency": max_concurrency,
    }
    return remote.options(**options).remote(*arguments)


def find_actor(name: str) -> Any:
    """Raises ValueError where it has not been started."""
    return ray.get_actor(name, namespace=NAMESPACE)
