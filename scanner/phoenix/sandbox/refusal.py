"""What is wrong with a body, and where: the sentence a user reads in a 400."""

from collections.abc import Iterator

import msgspec

REFUSALS_SHOWN = 20
"""A body with one mistake often has it in every record: more lines than this teach nobody anything."""


class Refusal(msgspec.Struct, frozen=True):
    path: str
    """A JSON path from the top of the body, as in ``$.assets[0].findings[3].severity``."""
    reason: str


def explain(document: bytes | msgspec.Raw, kind: type[msgspec.Struct], path: str) -> Iterator[Refusal]:
    """Everything that keeps `document` from being a `kind`, one refusal per member.

    For documents that a typed decode has refused already: that one stops at the first mistake, and is fast; this one looks
    at each member by itself, and is slow.
    """
    try:
        members = msgspec.json.decode(document, type=dict[str, msgspec.Raw])
    except (msgspec.DecodeError, RecursionError) as error:
        yield located(error, path)
        return
    fields = {field.encode_name: field for field in msgspec.structs.fields(kind)}
    for name in members:
        if name not in fields:
            yield Refusal(f"{path}.{name}", f"unknown field; known are {', '.join(fields)}")
    for name, field in fields.items():
        if name not in members:
            if field.required:
                yield Refusal(f"{path}.{name}", "missing")
            continue
        try:
            msgspec.json.decode(members[name], type=field.type)
        except (msgspec.DecodeError, RecursionError) as error:
            yield located(error, f"{path}.{name}")


def located(error: Exception, path: str) -> Refusal:
    """msgspec ends a message with the place, counted from what it was given; this counts from the top of the body."""
    if isinstance(error, RecursionError):
        return Refusal(path, "nested too deeply")
    reason, _, inner = str(error).partition(" - at `$")
    return Refusal(path + inner.rstrip("`"), _WORDS.get(reason, reason))


_WORDS = {
    "Expected `str` of length >= 1": "must not be empty",
    "Expected `array` of length >= 1": "must not be empty: leave it out",
    "Expected `float` >= 1.0": "must be from 1.0 to 10.0",
    "Expected `float` <= 10.0": "must be from 1.0 to 10.0",
    "Invalid RFC3339 encoded datetime": "must be a date and time as in 2024-05-01T00:00:00; leave it out when there is none",
    "Input data was truncated": "the JSON ends too early",
}
