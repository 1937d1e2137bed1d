"""What is wrong with a backup, or with where it is to be restored."""

from jobs_store.errors import StoreError


class BackupError(StoreError):
    """For people: what is wrong, and what to do."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        return self.reason
