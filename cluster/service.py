"""Starting the service's actors on a Ray cluster, and stopping them."""

from typing import Any

import ray

from cluster import names, release
from cluster.actors import find_actor, start_actor
from cluster.backstage import start_backstage
from cluster.bulks.clerk import BulkClerk
from cluster.coordinator import JobCoordinator
from cluster.counters import start_counters_actor
from cluster.dispatcher import Dispatcher
from cluster.importing import Importer
from cluster.progress.actor_bus import start_bus_actor
from cluster.settings import Settings
from cluster.telemetry import start_telemetry_actor
from cluster.tenants_actor import start_tenants_actor
from cluster.webhooks import WebhookCourier


def start_service(settings: Settings) -> None:
    """Starts every actor that is not running; returns when all answer. The database must be migrated and Ray connected.

    Those of another version or with other settings are ended before: their jobs go on with these. The actors are detached:
    they outlive this process, and are restarted by Ray when they die.
    """
    wanted = release.release_of(settings)
    release.end_others(wanted)
    _start_actors(settings)
    release.note(wanted)


def _start_actors(settings: Settings) -> None:
    place = settings.actor_resource
    if settings.actors_together:
        backstage = start_backstage(settings)  # first: it takes longest
        ray.get([actor.ping.remote() for actor in (*_start_importers(settings), backstage)])
        return
    start_telemetry_actor(place)
    if not settings.redis_url:
        start_bus_actor(place)
        start_counters_actor(place)
    importers = _start_importers(settings)
    coordinators = [
        start_actor(JobCoordinator, names.coordinator(number), settings, resource=place)
        for number in range(settings.coordinators)
    ]
    tenants = start_tenants_actor(settings)
    courier = start_actor(WebhookCourier, names.COURIER, settings, resource=place)
    clerk = start_actor(BulkClerk, names.BULK_CLERK, settings, resource=place)
    ray.get([actor.ping.remote() for actor in (*importers, *coordinators, tenants)])
    dispatcher = start_actor(Dispatcher, names.DISPATCHER, settings, resource=place)
    ray.get([courier.wake.remote(), dispatcher.wake.remote(), clerk.wake.remote()])


def _start_importers(settings: Settings) -> list[Any]:
    place = settings.actor_resource
    return [
        # all batches that jobs have in flight may wait in one: who goes first is the importer's business, not Ray's
        start_actor(Importer, names.importer(number), settings, resource=place, max_concurrency=10_000)
        for number in range(settings.importers)
    ]


def warm_up(settings: Settings) -> None:
    """Does what the first job would wait for: a token of Phoenix, and processes for tasks. The service is up without it."""
    importers = [names.importer(number) for number in range(settings.importers)]
    coordinators = [names.coordinator(number) for number in range(settings.coordinators)]
    ray.get([find_actor(name).warm_up.remote() for name in (*importers, *coordinators)])


def stop_service() -> None:
    """Ends the actors; jobs under way are queued again, and go on at the next start."""
    release.end_all()
