"""The service as an application that a Serve config names, as KubeRay's RayService has it: ``serve_app.declared:application``.

Serve builds it in a task of its own, on whichever node it likes, also on one that translates reports and has no secrets. What
needs them runs where the service's actors do.
"""

import os
from collections.abc import Callable

import ray
from pydantic import BaseModel, ConfigDict
from ray import serve

from cluster.service import start_service
from cluster.settings import Settings
from jobs_store.database import migrate
from serve_app.deployment import SHARE_OF_A_NODE, ingress
from serve_app.edge_settings import EdgeSettings
from serve_app.embedded.configuration import of_environment

_PLACE = "ACTOR_RESOURCE"


class Arguments(BaseModel):
    """``args`` of the config. Ray keeps and shows them: settings are in the environment of the nodes."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    version: str = ""
    """Another one has Serve build the application again: actors and replicas are renewed with what their nodes have."""


def application(arguments: Arguments) -> serve.Application:
    """Migrates the database and brings the actors to this version and these settings; what is so already stays as it is.

    Raises `StartError`, `StoreError` or `ClusterError`, which the application's status shows.
    """
    place = os.environ.get(_PLACE, "")
    resources = {place: SHARE_OF_A_NODE} if place else {}
    task = ray.remote(_release).options(name=f"release {arguments.version}", num_cpus=0, resources=resources, max_retries=0)
    told, edge = ray.get(task.remote())
    return ingress(told, edge)


def _release() -> tuple[Callable[[], Settings], EdgeSettings]:
    """Gives back no secrets, since Ray keeps what tasks answer."""
    configuration = of_environment()
    settings = configuration.settings
    migrate(settings.database_url)
    start_service(settings)
    return settings.told(), configuration.edge
