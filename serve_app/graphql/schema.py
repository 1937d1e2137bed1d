"""The schema, what guards it, and what clients are told of errors."""

import secrets
from collections.abc import AsyncIterator, Iterator
from typing import Any

import structlog
from graphql import GraphQLError
from strawberry import Schema
from strawberry.extensions import SchemaExtension
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionContext

from serve_app.answering.answers import TABLE, told_of, without_internals
from serve_app.errors import InvalidParametersError, ServeAppError
from serve_app.graphql.context import Context
from serve_app.graphql.cost import MOST_TOKENS, require_moderate, weigh
from serve_app.graphql.mutations import Mutation
from serve_app.graphql.queries import Query
from serve_app.graphql.subscriptions import Subscription
from serve_app.graphql.types.scalars import SCALARS
from serve_app.limiting.errors import LimitReachedError
from serve_app.moments import zulu
from serve_app.wiring import utc_now

_log = structlog.get_logger(__name__)


class Guard(SchemaExtension):
    """Refuses what is too much before anything of it is validated or carried out."""

    def on_operation(self) -> Iterator[None]:
        self.execution_context.parse_options["max_tokens"] = MOST_TOKENS
        yield

    async def on_validate(self) -> AsyncIterator[None]:
        """Its refusals are put where those of validation would be: what is raised here, a socket is not told."""
        operation = self.execution_context
        try:
            await _admit(operation)
        except ServeAppError as refusal:
            operation.pre_execution_errors = [GraphQLError(str(refusal), original_error=refusal)]
        yield


async def _admit(operation: ExecutionContext) -> None:
    _require_storable(operation.query, operation.variables)
    assert operation.graphql_document is not None, "it has been parsed"
    weight = weigh(operation.graphql_document, operation.operation_name, operation.variables)
    require_moderate(weight)
    await _count(operation.context, weight.cost)


async def _count(context: Context, cost: int) -> None:
    assert context.caller is not None
    try:
        await context.wiring.limiter.count_graphql(context.caller.tenant, cost)
    except LimitReachedError as reached:
        if context.response is not None:
            context.response.status_code = 429
            context.response.headers.update(reached.headers)
        raise


def _require_storable(*texts: Any) -> None:
    """Raises `InvalidParametersError` for what no database keeps: NUL, and halves of characters."""
    for text in texts:
        match text:
            case str():
                if "\0" in text or (not text.isascii() and any("\ud800" <= letter <= "\udfff" for letter in text)):
                    raise InvalidParametersError({"query": "has a character that cannot be kept"})
            case dict():
                _require_storable(*text, *text.values())
            case list():
                _require_storable(*text)


class FacedSchema(Schema):
    """Errors carry our code and nothing of what is behind it."""

    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        for error in errors:
            _face(error)


def _face(error: GraphQLError) -> None:
    if "error" in (error.extensions or {}):
        return
    cause = error.original_error
    while isinstance(cause, GraphQLError) and cause.original_error is not None:
        cause = cause.original_error
    answer = next((TABLE[kind] for kind in type(cause).__mro__ if kind in TABLE), None) if cause is not None else None
    details: dict[str, Any] = {}
    if answer is not None and answer.status >= 500:
        _log.warning("unavailable", path="/graphql", error=str(cause))
        code, message = answer.code, without_internals(answer)
    elif answer is not None:
        assert isinstance(cause, Exception)
        code, (message, details) = answer.code, told_of(cause)
    elif cause is None or isinstance(cause, GraphQLError):
        code, message = TABLE[InvalidParametersError].code, error.message  # what graphql-core says of the query itself
    else:
        error_id = secrets.token_hex(8)
        _log.error("unexpected error", error_id=error_id, path="/graphql", exc_info=cause)
        code, message, details = "internal_error", f"unexpected error; the log has it under {error_id}", {"error_id": error_id}
    error.message = message
    error.extensions = {"error": code, "details": details, "timestamp": zulu(utc_now())}


schema = FacedSchema(
    query=Query,
    mutation=Mutation,
    subscription=Subscription,
    extensions=[Guard],
    config=StrawberryConfig(batching_config=None, scalar_map=SCALARS),
)
