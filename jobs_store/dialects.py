"""What PostgreSQL and SQLite say differently: the time, a random token, the order of arrival.

Time is always the database's, so that processes whose clocks disagree still agree on who holds a lease. SQLite keeps times as
text of microseconds (its clock gives milliseconds), which sorts as time does.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Float, String, bindparam
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.functions import FunctionElement

from jobs_store.columns import Instant

_SQLITE_FORMAT = "'%Y-%m-%d %H:%M:%f000'"


class now(FunctionElement[datetime]):
    """The database's time at the start of the statement (SQLite) or transaction (PostgreSQL)."""

    type = Instant()
    inherit_cache = True


class _Later(FunctionElement[datetime]):
    type = Instant()
    inherit_cache = True


def from_now(duration: timedelta) -> ColumnElement[datetime]:
    """The database's time plus ``duration``, which may be negative."""
    return _Later(bindparam(None, duration.total_seconds(), Float()))


class random_token(FunctionElement[str]):
    """At least 122 random bits as hex text, another for each row."""

    type = String()
    inherit_cache = True


class arrival(FunctionElement[Any]):
    """Orders the rows of a table that one tick of the clock does not tell apart. Takes the primary key."""

    inherit_cache = True


@compiles(now, "postgresql")
def _now_postgresql(element: now, compiler: SQLCompiler, **options: Any) -> str:
    return "now()"


@compiles(now, "sqlite")
def _now_sqlite(element: now, compiler: SQLCompiler, **options: Any) -> str:
    return f"strftime({_SQLITE_FORMAT}, 'now')"


@compiles(_Later, "postgresql")
def _later_postgresql(element: _Later, compiler: SQLCompiler, **options: Any) -> str:
    return f"now() + make_interval(secs => {compiler.process(element.clauses, **options)})"


@compiles(_Later, "sqlite")
def _later_sqlite(element: _Later, compiler: SQLCompiler, **options: Any) -> str:
    return f"strftime({_SQLITE_FORMAT}, 'now', {compiler.process(element.clauses, **options)} || ' seconds')"


@compiles(random_token, "postgresql")
def _token_postgresql(element: random_token, compiler: SQLCompiler, **options: Any) -> str:
    return "replace(gen_random_uuid()::text, '-', '')"


@compiles(random_token, "sqlite")
def _token_sqlite(element: random_token, compiler: SQLCompiler, **options: Any) -> str:
    return "lower(hex(randomblob(16)))"


@compiles(arrival, "postgresql")
def _arrival_postgresql(element: arrival, compiler: SQLCompiler, **options: Any) -> str:
    return compiler.process(element.clauses, **options)  # microseconds tell nearly all rows apart


@compiles(arrival, "sqlite")
def _arrival_sqlite(element: arrival, compiler: SQLCompiler, **options: Any) -> str:
    (key,) = element.clauses
    return f"{key.table.name}.rowid"


class start_of_hour(FunctionElement[str]):
    """Of a time, as ISO 8601 text in UTC."""

    type = String()
    inherit_cache = True


class start_of_day(FunctionElement[str]):
    type = String()
    inherit_cache = True


class seconds_between(FunctionElement[float]):
    """From the first time to the second."""

    type = Float()
    inherit_cache = True


class _JsonNumber(FunctionElement[int]):
    type = BigInteger()
    inherit_cache = True


def json_number(column: ColumnElement[Any], group: str, name: str) -> ColumnElement[int]:
    """The number of that name in that object of JSON text; null where there is none."""
    return _JsonNumber(column, bindparam(None, group, String()), bindparam(None, name, String()))


@compiles(start_of_hour, "postgresql")
def _hour_postgresql(element: start_of_hour, compiler: SQLCompiler, **options: Any) -> str:
    return f"to_char({compiler.process(element.clauses, **options)} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:00:00\"Z\"')"


@compiles(start_of_hour, "sqlite")
def _hour_sqlite(element: start_of_hour, compiler: SQLCompiler, **options: Any) -> str:
    return f"strftime('%Y-%m-%dT%H:00:00Z', {compiler.process(element.clauses, **options)})"


@compiles(start_of_day, "postgresql")
def _day_postgresql(element: start_of_day, compiler: SQLCompiler, **options: Any) -> str:
    return f"to_char({compiler.process(element.clauses, **options)} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"00:00:00\"Z\"')"


@compiles(start_of_day, "sqlite")
def _day_sqlite(element: start_of_day, compiler: SQLCompiler, **options: Any) -> str:
    return f"strftime('%Y-%m-%dT00:00:00Z', {compiler.process(element.clauses, **options)})"


@compiles(seconds_between, "postgresql")
def _between_postgresql(element: seconds_between, compiler: SQLCompiler, **options: Any) -> str:
    first, second = (compiler.process(clause, **options) for clause in element.clauses)
    return f"extract(epoch FROM {second} - {first})"


@compiles(seconds_between, "sqlite")
def _between_sqlite(element: seconds_between, compiler: SQLCompiler, **options: Any) -> str:
    first, second = (compiler.process(clause, **options) for clause in element.clauses)
    return f"((julianday({second}) - julianday({first})) * 86400.0)"


@compiles(_JsonNumber, "postgresql")
def _number_postgresql(element: _JsonNumber, compiler: SQLCompiler, **options: Any) -> str:
    column, group, name = (compiler.process(clause, **options) for clause in element.clauses)
    return f"(({column})::json -> {group}::text ->> {name}::text)::bigint"


@compiles(_JsonNumber, "sqlite")
def _number_sqlite(element: _JsonNumber, compiler: SQLCompiler, **options: Any) -> str:
    column, group, name = (compiler.process(clause, **options) for clause in element.clauses)
    return f"json_extract({column}, '$.' || {group} || '.' || {name})"
