"""Rows of ``tenants`` to records. Secret columns are not among those that are read, but for whether they are there."""

import json
from dataclasses import fields
from typing import Any

from sqlalchemy import Row

from jobs_store.tables import tenants
from jobs_store.tenants.records import Limits, Tenant

LIMITS = tuple(each.name for each in fields(Limits))
_PLAIN = [
    "name",
    "title",
    "share",
    "retention_days",
    "defaults",
    "phoenix_url",
    "phoenix_client_id",
    "uses_service_account",
    "created_at",
    "disabled_at",
    "removed_at",
]
TENANT_COLUMNS = (
    *(tenants.c[name].label(f"tenant_{name}") for name in (*_PLAIN, *LIMITS)),
    tenants.c.phoenix_client_secret.is_not(None).label("tenant_has_phoenix_secret"),
    tenants.c.webhook_secrets.is_not(None).label("tenant_has_webhook_secret"),
)
"""Under names of their own, so that a key and its tenant can be read by one statement."""


def tenant_of(row: Row[*tuple[Any, ...]], phoenix_client_id: str | None) -> Tenant:
    values = {name.removeprefix("tenant_"): value for name, value in row._mapping.items() if name.startswith("tenant_")}
    limits = Limits.of({name: values.pop(name) for name in LIMITS})
    for flag in ("has_phoenix_secret", "has_webhook_secret"):
        values[flag] = bool(values[flag])  # a number on SQLite
    values |= {"defaults": json.loads(values["defaults"]), "phoenix_client_id": phoenix_client_id}
    return Tenant(limits=limits, **values)
