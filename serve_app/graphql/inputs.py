"""What clients say in an operation, turned into what the core takes; the checks are those of REST."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeVar

import strawberry
from pydantic import BaseModel, ValidationError
from strawberry.scalars import JSON

from jobs_store.jobs import JobFilter, JobStatus
from jobs_store.keys import Scope
from serve_app.errors import InvalidParametersError
from serve_app.schemas.v2 import JobFilterOrder
from serve_app.schemas.wrong_values import problems_of

Order = TypeVar("Order", bound=BaseModel)


def order_of(kind: type[Order], values: Mapping[str, Any], *, nulls: bool = False) -> Order:
    """What is None counts as not said, unless ``nulls`` mean something. Raises `InvalidParametersError`, naming the fields."""
    try:
        return kind.model_validate({name: value for name, value in values.items() if nulls or value is not None})
    except ValidationError as error:
        problems = problems_of(error.errors(), whole="input")
        raise InvalidParametersError(problems) from error


@strawberry.input(description="Jobs of which all that is given holds.")
class JobFilterInput:
    states: list[JobStatus] | None = strawberry.field(default=None, description="Any of these.")
    scanner: str | None = None
    tenant: str | None = strawberry.field(default=None, description="Another tenant, for who operates the service.")
    assessment: str | None = strawberry.field(default=None, description="Its whole name.")
    bulk_id: strawberry.ID | None = None
    since: datetime | None = strawberry.field(default=None, description="Created then or later.")
    until: datetime | None = strawberry.field(default=None, description="Created before.")
    search: str | None = strawberry.field(
        default=None, description="Part of the file's name, the assessment's or the id, in any case."
    )


def wanted(given: JobFilterInput | None) -> JobFilter:
    values = vars(given) if given is not None else {}
    return order_of(JobFilterOrder, {"state" if name == "states" else name: value for name, value in values.items()}).wanted()


@strawberry.input
class RuleInput:
    pattern: str
    options: JSON | None = strawberry.field(default=None, description="As the text fields of an upload.")
    skip: bool = False


@strawberry.input(description="What a bulk consists of: any of the four lists.")
class BulkInput:
    name: str = ""
    uploads: list[strawberry.ID] = strawberry.field(default_factory=list)
    archives: list[strawberry.ID] = strawberry.field(default_factory=list)
    objects: list[str] = strawberry.field(default_factory=list)
    prefixes: list[str] = strawberry.field(default_factory=list)
    options: JSON | None = strawberry.field(default=None, description="As the text fields of an upload.")
    rules: list[RuleInput] = strawberry.field(default_factory=list)

    def values(self) -> dict[str, Any]:
        rules = [{name: value for name, value in vars(rule).items() if value is not None} for rule in self.rules]
        return vars(self) | {"rules": rules}


@strawberry.input
class KeyInput:
    name: str
    tenant: str | None = None
    scopes: list[Scope] | None = None
    expires_at: datetime | None = None
