"""The application as a Ray Serve deployment."""

import logging
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from ray import serve
from ray.exceptions import RayActorError

from cluster.settings import Settings
from serve_app.edge_settings import EdgeSettings

if TYPE_CHECKING:
    from fastapi import FastAPI

APPLICATION = "phoenix-scanner"
MOST_REQUESTS_PER_REPLICA = 4096
"""As many connections as HAProxy takes, so that nobody waits for slow clients to end: who waits for a place in a replica stays
with it, also when others have come. Watchers count as requests while they watch. `backpressure` bounds what each costs."""
UPSCALE_DELAY_SECONDS = 10
"""Of more requests than a replica should have, until others are started; Serve would wait for thirty."""


SAME_LOOP = {"RAY_SERVE_RUN_USER_CODE_IN_SEPARATE_THREAD": "0"}
"""The environment a replica needs: only within one event loop does Serve wait for room in `serve_app.backpressure`'s queue."""
BELIEVES_NOBODY = {"FORWARDED_ALLOW_IPS": ""}
"""Its HTTP server would take what comes from loopback, where HAProxy is, at its word: ``X-Forwarded-For``, ``-Proto``."""
SHARE_OF_A_NODE = 0.001
"""So that any number of replicas fits a node that offers one of the resource."""


def deploy(settings: Settings, edge: EdgeSettings, *, host: str, port: int) -> None:
    """Serves on ``host:port`` of every node that runs a proxy; returns when a replica answers. Ray must be connected.

    May be repeated: replicas are replaced one after the other by ones with the new settings. The address is that of the first.
    Raises `TimeoutError` where the proxies do not serve after two minutes.
    """
    logging.getLogger("ray.serve").setLevel(
        logging.WARNING
    )  # of this process, which speaks to a person: it says what went well
    # it gives the proxies a minute, and kills slow ones: `run` waits for them again, or for those in their place
    with suppress(TimeoutError, RayActorError):
        serve.start(http_options={"host": host, "port": port})
    serve.run(ingress(settings.told(), edge), name=APPLICATION, route_prefix="/")


def ingress(told: Callable[[], Settings], edge: EdgeSettings) -> serve.Application:
    """The application, whose replicas complete the settings with secrets of their own."""

    def build() -> "FastAPI":  # runs in each replica: connections do not travel
        from cluster.logs import configure_logs
        from serve_app.app import create_app  # nothing of the application is loaded where it is only deployed
        from serve_app.backpressure import bound_request_queues
        from serve_app.replica_ports import keep_on_loopback
        from serve_app.request_ids_of_serve import leave_request_ids_to_us
        from serve_app.wiring import open_wiring

        settings = told()
        configure_logs(settings.log_level)
        bound_request_queues()
        keep_on_loopback()
        leave_request_ids_to_us()
        return create_app(open_wiring(settings, edge))

    nodes = {edge.api_resource: SHARE_OF_A_NODE} if edge.api_resource else {}

    class Edge:
        """Holds no state of its own; any replica can answer any request."""

    deployment: Any = serve.deployment(  # its overloads do not know a class that is given at once with options
        serve.ingress(build)(Edge),
        name="edge",
        max_ongoing_requests=MOST_REQUESTS_PER_REPLICA,
        autoscaling_config={
            "min_replicas": edge.api_min_replicas,
            "max_replicas": max(edge.api_max_replicas, edge.api_min_replicas),
            "target_ongoing_requests": edge.api_requests_per_replica,
            "upscale_delay_s": UPSCALE_DELAY_SECONDS,
        },
        # it waits for bytes; the CPUs are for translating
        ray_actor_options={"num_cpus": 0, "resources": nodes, "runtime_env": {"env_vars": SAME_LOOP | BELIEVES_NOBODY}},
        graceful_shutdown_timeout_s=60,  # for the uploads under way; watchers come back to another replica
        health_check_period_s=10,
        health_check_timeout_s=30,
    )
    application: serve.Application = deployment.bind()
    return application
