"""API keys in the API."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from jobs_store.keys import ApiKey, NewKey, Scope
from serve_app.schemas.jobs import ApiAnswer

KEY_ID = "3f2a9c0d1b5e7788"
MOST_OVERLAP_MINUTES = 43_200


def _aware(value: datetime) -> datetime:
    return value if value.tzinfo is not None else value.replace(tzinfo=UTC)


Moment = Annotated[datetime, AfterValidator(_aware)]


class KeyOrder(BaseModel):
    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    name: str = Field(min_length=1, max_length=256, pattern=r"^[^\x00-\x1f\x7f]*$", examples=["payments-ci"])
    tenant: str | None = Field(None, max_length=128, examples=["payments"])
    """The key's own where it is not said; who operates the service has to say it."""
    scopes: frozenset[Scope] = Field(NewKey.DEFAULT_SCOPES, min_length=1)
    """No more than the key has that asks."""
    expires_at: Moment | None = Field(None, examples=["2027-03-01T00:00:00Z"])


class RotationOrder(BaseModel):
    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    overlap_minutes: float = Field(60, ge=0, le=MOST_OVERLAP_MINUTES, allow_inf_nan=False)
    """How long the text before stays good."""
    expires_at: Moment | None = None
    """Of the key from now on; as it was where it is not said."""


class KeyAnswer(ApiAnswer):
    """A key, without its text."""

    id: str = Field(examples=[KEY_ID])
    name: str
    tenant: str
    scopes: list[Scope]
    prefix: str = Field(examples=["phxscan_3xQ9"])
    """How its text begins; empty for keys of before."""
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    """Exact to a minute."""
    rotated_at: datetime | None

    @classmethod
    def of(cls, key: ApiKey, **more: str) -> "KeyAnswer":
        return cls(
            id=key.key_id,
            name=key.name,
            tenant=key.tenant,
            scopes=sorted(key.scopes),
            prefix=key.prefix,
            created_at=key.created_at,
            expires_at=key.expires_at,
            last_used_at=key.last_used_at,
            rotated_at=key.rotated_at,
            **more,
        )


class NewKeyAnswer(KeyAnswer):
    """The only answer that tells the key's text: it is kept as a hash."""

    key: str = Field(repr=False)


class Keys(ApiAnswer):
    """Those that are open or have expired; revoked ones are not listed."""

    total: int
    keys: list[KeyAnswer]
