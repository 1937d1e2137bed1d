"""Direct uploads: what crosses the border of the store; what reads and writes them hangs on `database.Database`."""

from jobs_store.uploads.records import NewUpload, Upload, UploadState

__all__ = ["NewUpload", "Upload", "UploadState"]
