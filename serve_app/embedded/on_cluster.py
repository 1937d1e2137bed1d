"""The same service on a Ray cluster that exists already: it outlives the command that starts it."""

import ray
from ray import serve
from ray.exceptions import RayError

from cluster.errors import ClusterError
from cluster.service import stop_service
from jobs_store.errors import StoreError
from serve_app.deployment import APPLICATION
from serve_app.embedded import configuration
from serve_app.embedded.configuration import Configuration
from serve_app.embedded.data_folder import DataFolder
from serve_app.embedded.local_ray import sentence
from serve_app.embedded.service import start_on_ray, url_of, wait_until_healthy, warm_up_on_ray
from serve_app.errors import StartError


def bring_up(folder: DataFolder, *, host: str, port: int) -> str:
    """Connects to the cluster of ``RAY_ADDRESS`` and gives back the service's URL. Raises `StartError`."""
    configured: Configuration = configuration.on_cluster(folder)
    _connect()
    try:
        start_on_ray(configured, host=host, port=port)
    except (StoreError, ClusterError, TimeoutError) as error:
        raise StartError(str(error)) from error
    except RayError as error:
        raise StartError(f"the service did not start on Ray: {sentence(error)}") from error
    url = url_of(host, port, tls=bool(configured.edge.tls_cert))
    wait_until_healthy(url)
    warm_up_on_ray(configured)
    return url


def take_down(folder: DataFolder) -> bool:
    """Ends the edge and the actors; the cluster, and what else runs on it, stay. Idempotent. Raises `StartError`."""
    configuration.on_cluster(folder)
    _connect()
    serve.delete(APPLICATION)
    stop_service()
    return True


def _connect() -> None:
    try:
        ray.init(log_to_driver=False)  # finds RAY_ADDRESS itself
    except (ConnectionError, RuntimeError) as error:
        raise StartError(f"the Ray cluster cannot be reached: {error}") from error
