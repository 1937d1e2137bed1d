"""What the sandbox does to a request besides answering it: a function of the settings, the seed and the request's number."""

from enum import StrEnum
from random import Random
from typing import Annotated

import msgspec

Rate = Annotated[float, msgspec.Meta(ge=0.0, le=1.0)]
Seconds = Annotated[float, msgspec.Meta(ge=0.0)]
Count = Annotated[int, msgspec.Meta(ge=1)]


class AnswerStyle(StrEnum):
    ASYNC = "async"
    """201 with a request id; the import runs in the background."""
    SYNC = "sync"
    """200 with an empty body, when the import is done."""


class RetryAfter(StrEnum):
    SECONDS = "seconds"
    DATE = "date"
    ABSENT = "absent"


class Faults(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """What can be changed while the sandbox runs. The defaults are a Phoenix on its best day. Rates are from 0 to 1."""

    latency_seconds: Seconds = 0.0
    """Before each answer of the API, on average; single ones from half to one and a half of it."""
    stalled: bool = False
    """No request of the API is answered until this is false again, those that wait included."""
    stalled_after: Count | None = None
    """The same as soon as so many imports have been accepted."""
    rate_429: Rate = 0.0
    max_in_flight: Count | None = None
    """Imports beyond so many at once get 429."""
    retry_after: RetryAfter = RetryAfter.SECONDS
    retry_after_seconds: Annotated[int, msgspec.Meta(ge=0)] = 1
    rate_503: Rate = 0.0
    rate_broken: Rate = 0.0
    """Connections closed without an answer, and nothing done."""
    rate_lost_answers: Rate = 0.0
    """Imports that are accepted, but the connection closes instead of saying so."""
    rate_failed_polls: Rate = 0.0
    """Status requests that get 503."""
    rate_import_errors: Rate = 0.0
    """Accepted imports that end in ERROR and change nothing; only with `AnswerStyle.ASYNC`."""
    import_seconds: Seconds = 0.0
    """From accepted to IMPORTED, on average; single ones from a fifth to nine fifths of it, so they overtake each other."""
    stuck_after: Count | None = None
    """Imports accepted after so many stay READY_FOR_IMPORT; only with `AnswerStyle.ASYNC`."""
    answers: AnswerStyle = AnswerStyle.ASYNC
    max_body_bytes: Count = 25_000_000
    max_assets: Count = 500
    token_seconds: Seconds = 3600.0
    token_calls: Count | None = None
    """A token expires after so many calls, however young it is."""
    token_expiry_told: bool = True
    """Whether the answer with a token says when it expires."""


class Route(StrEnum):
    TOKEN = "token"  # noqa: S105 - the name of a route
    IMPORT = "import"
    STATUS = "status"
    TAGS = "tags"


class Verdict(StrEnum):
    ANSWER = "answer"
    THROTTLED = "throttled"
    UNAVAILABLE = "unavailable"
    BROKEN = "broken"
    ANSWER_LOST = "answer lost"


class Decision(msgspec.Struct, frozen=True):
    verdict: Verdict
    latency_seconds: float
    import_seconds: float
    import_fails: bool


def decide(faults: Faults, *, seed: int, number: int, route: Route) -> Decision:
    """What happens to the request that came as the `number`-th; each has a draw of its own, so that none changes another's."""
    draw = Random(f"{seed}/{number}")  # noqa: S311 - repeatable on purpose
    latency_seconds = faults.latency_seconds * draw.uniform(0.5, 1.5)
    import_seconds = faults.import_seconds * draw.uniform(0.2, 1.8)
    import_fails = draw.random() < faults.rate_import_errors
    return Decision(_verdict(faults, route, draw), latency_seconds, import_seconds, import_fails)


def _verdict(faults: Faults, route: Route, draw: Random) -> Verdict:
    unavailable = faults.rate_failed_polls if route is Route.STATUS else faults.rate_503
    lost = faults.rate_lost_answers if route is Route.IMPORT else 0.0
    for verdict, rate in (
        (Verdict.THROTTLED, faults.rate_429),
        (Verdict.UNAVAILABLE, unavailable),
        (Verdict.BROKEN, faults.rate_broken),
        (Verdict.ANSWER_LOST, lost),
    ):
        if draw.random() < rate:
            return verdict
    return Verdict.ANSWER
