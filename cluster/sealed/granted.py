"""What of the storage belongs to an order, and nothing else does."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import msgspec

from cluster.report import Report
from cluster.sealed.messages import ReadDone
from jobs_store.errors import ObjectNotFoundError
from jobs_store.storage import ObjectStorage, layout


@dataclass(eq=False)
class Granted:
    """The reports of an order, and what their jobs have in storage.

    Whoever asks for more gets DecodeError, as for anything else that no runner of ours would say.
    """

    reports: Sequence[Report]
    storage: ObjectStorage = field(repr=False)

    def __post_init__(self) -> None:
        self._jobs = frozenset(report.job_id for report in self.reports)
        self._keys = frozenset(report.key for report in self.reports)

    def places(self) -> tuple[str, ...]:
        """Files and folders that may be read, where storage has some."""
        found = set()
        for key in (*self._keys, *map(layout.documents, self._jobs)):
            with suppress(ObjectNotFoundError):
                path = self.storage.local_path(key)
                if path is not None:
                    found.add(str(path))
        return tuple(sorted(found))

    def readable(self, key: str) -> str:
        is_of_job = any(key == layout.anonymizer_key(job) or _is_below(key, layout.documents(job)) for job in self._jobs)
        return self._checked(key, key in self._keys or is_of_job)

    def writable(self, key: str) -> str:
        return self._checked(key, any(_is_below(key, folder) for job in self._jobs for folder in _written_by(job)))

    def require(self, done: ReadDone) -> None:
        """What was read names nothing that belongs to others, and answers for each report."""
        if len(done.answers) != len(self.reports):
            raise msgspec.DecodeError("not an answer for each report")
        for answer in done.answers:
            for shard in answer.read.shards if answer.read is not None else ():
                self.readable(shard.key)

    @staticmethod
    def _checked(key: str, is_granted: bool) -> str:
        if not is_granted:
            raise msgspec.DecodeError("a key that is none of the job's")
        return key


def _written_by(job: str) -> tuple[str, ...]:
    return layout.documents(job), layout.bodies(job), *(layout.records(job, fate) for fate in layout.Fate)


def _is_below(key: str, folder: str) -> bool:
    """Whether it stands in the folder itself: none has folders in it."""
    name = key.removeprefix(f"{folder}/")
    return name != key and bool(name) and "/" not in name and not name.startswith(".")
