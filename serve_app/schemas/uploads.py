"""Direct uploads in the API."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from jobs_store.storage import StoredPart
from jobs_store.uploads import Upload, UploadState
from serve_app.schemas.form_fields import FormFields, no_options
from serve_app.schemas.jobs import ApiAnswer

UPLOAD_ID = "upload-5f0c1b2e9d8a47c6b3e1f2a4d5c6b7a8"


class _Order(BaseModel):
    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)


class UploadOrder(_Order):
    filename: str = Field(min_length=1, max_length=1024, examples=["datacentre.nessus"])
    """Only shown, and a part of the assessment's default name."""
    size_bytes: int = Field(ge=1, examples=[5_000_000_000])
    options: FormFields = Field(default_factory=no_options)
    """The text fields of `POST /api/v1/upload`, checked now, before anything is sent."""


class JobOrder(_Order):
    upload_id: str = Field(max_length=64, examples=[UPLOAD_ID])
    options: FormFields = Field(default_factory=no_options)
    """Overrules what was said with the upload."""


class PartAnswer(ApiAnswer):
    number: int
    url: str = Field(examples=[f"/api/v1/uploads/{UPLOAD_ID}/parts/1"])
    """`PUT` the part here. A path is a route of this service and wants its key; any other URL is signed and wants none."""
    headers: dict[str, str]
    """To be sent with it."""
    size_bytes: int


class PartsAnswer(ApiAnswer):
    """Up to a hundred parts."""

    parts: list[PartAnswer]
    next_after: int | None
    """For the next page; null after the last."""


class DirectUploadAnswer(ApiAnswer):
    """A direct upload as it is now."""

    upload_id: str = Field(examples=[UPLOAD_ID])
    state: UploadState
    filename: str
    size_bytes: int
    part_size_bytes: int
    """Of every part but the last."""
    part_count: int
    received: list[int]
    """Numbers of the parts that have arrived whole; empty once they are joined."""
    created_at: datetime
    expires_at: datetime
    """Removed then, unless a job or bulk has it."""
    job_id: str | None

    @classmethod
    def of(cls, upload: Upload, parts: list[StoredPart]) -> "DirectUploadAnswer":
        return cls(
            upload_id=upload.upload_id,
            state=upload.state,
            filename=upload.filename,
            size_bytes=upload.size_bytes,
            part_size_bytes=upload.part_size_bytes,
            part_count=upload.part_count,
            received=[part.number for part in parts],
            created_at=upload.created_at,
            expires_at=upload.expires_at,
            job_id=upload.job_id if upload.state is UploadState.USED else None,
        )


class UploadOrderAnswer(DirectUploadAnswer, PartsAnswer):
    """The parts are awaited. `parts` are the first hundred."""
