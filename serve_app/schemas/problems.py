"""Errors of the API's second version, as RFC 9457 has them."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

PROBLEM = "application/problem+json"


class Problem(BaseModel):
    """Every answer of 400 and above."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    type: str = Field(examples=["urn:phoenix-scanner:error:job_not_found"])
    title: str = Field(examples=["job not found"])
    status: int = Field(examples=[404])
    detail: str
    """For people."""
    instance: str = Field(examples=["/api/v2/jobs/job-none"])
    """What was asked for."""
    error: str = Field(examples=["job_not_found"])
    """For machines; does not change, and is what version 1 calls `error`."""
    details: dict[str, Any]
    timestamp: str
    request_id: str
    """As in the answer's header `X-Request-ID`, and in the log."""


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """What the OpenAPI document tells of refusals."""
    schema = Problem.model_json_schema()
    return {status: {"description": _SAID[status], "content": {PROBLEM: {"schema": schema}}} for status in statuses}


_SAID = {
    400: "Something about the request is wrong.",
    401: "There is no key.",
    403: "The key is wrong, or does not allow it.",
    404: "There is no such thing, or it is another tenant's.",
    409: "Its state does not allow it.",
    413: "The body is too large.",
    422: "The idempotency key was used for another request.",
    429: "A limit is reached.",
    503: "Something that is needed is away; try again later.",
}
