"""Everything that the service has, as one file: the database at one moment, and the objects that it names.

A tar, compressed by Zstandard: ``manifest.json``, ``tables/NAME.jsonl`` in an order in which rows may be inserted,
``objects/KEY``, ``end.json``. Whether the database is PostgreSQL or SQLite, and the storage S3 or a folder, does not show: a
backup of one can be restored into the other. What is encrypted in the database stays so: `SECRET_KEY` is not in it.
"""

from jobs_store.backup.contents import Counts
from jobs_store.backup.errors import BackupError
from jobs_store.backup.restoring import restore
from jobs_store.backup.writing import back_up

__all__ = ["BackupError", "Counts", "back_up", "restore"]
