"""Scalars, and the closed sets of the store under the names that they have in the graph."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, NewType

import strawberry
from strawberry.types.scalar import ScalarDefinition

from jobs_store.bulks import BulkState
from jobs_store.events import EventKind
from jobs_store.jobs import BatchState, JobStatus
from jobs_store.keys import Scope

for _kind, _name in (
    (JobStatus, "JobState"),
    (BulkState, "BulkState"),
    (BatchState, "BatchState"),
    (EventKind, "EventKind"),
    (Scope, "Scope"),
):
    strawberry.enum(_kind, name=_name)

if TYPE_CHECKING:
    BigInt = int
else:
    BigInt = NewType("BigInt", int)
SCALARS: Mapping[object, ScalarDefinition] = {
    BigInt: strawberry.scalar(name="BigInt", description="A whole number that may exceed 32 bits.", serialize=int)
}
