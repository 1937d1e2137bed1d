"""Members of one source of a bulk, stored as reports of jobs a page at a time. Runs in a thread; everything is idempotent."""

import hashlib
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime

from cluster.bulks.archives import BREAKS, Member, members, open_stored
from cluster.bulks.order import StoredOrder, job_id_of, job_of
from jobs_store.bulks import Bulk, NewMember
from jobs_store.errors import ObjectNotFoundError
from jobs_store.storage import ObjectStorage, layout
from jobs_store.storage.imports import ImportSource
from scanner.errors import LimitExceededError, ScannerError
from scanner.readers.archive_policy import ArchiveLimits
from scanner.readers.archives import label

_BREAKS_OFF: tuple[type[Exception], ...] = (*BREAKS, ScannerError, ObjectNotFoundError)
"""What ends a source before its end."""
PAGE_MEMBERS = 200
PAGE_SECONDS = 1.0
"""A page is closed after so long, so that its jobs can begin."""
_REASON_CHARACTERS = 500


class MemberTooLargeError(Exception):
    """Within this module: a member turned out to have more bytes than it said."""


class NoRoomError(Exception):
    """Within this module: the tenant may not store so much."""


@dataclass(frozen=True, slots=True)
class Page:
    members: list[NewMember]
    done: int
    """Members of the source that have been dealt with, those of earlier pages among them."""
    after: str
    """Name of the last one."""
    over: bool
    error: str = ""
    """Why the source broke off."""


class SourceReader:
    """Makes pages of the members of one source, from ``done`` on."""

    def __init__(
        self,
        bulk: Bulk,
        order: StoredOrder,
        storage: ObjectStorage,
        limits: ArchiveLimits,
        found: Iterator[Member],
        *,
        done: int,
    ) -> None:
        self._bulk, self._order, self._storage, self._limits = bulk, order, storage, limits
        self._found, self._done = found, done
        self._room_bytes: int | None = None

    def page(self, first: int, room_bytes: int | None = None) -> Page:
        """The next page, its members numbered from ``first``. Their reports are durable on return, and fit into the room."""
        self._room_bytes = room_bytes
        page: list[NewMember] = []
        until, name = time.monotonic() + PAGE_SECONDS, ""
        try:
            while len(page) < PAGE_MEMBERS and time.monotonic() < until:
                member = next(self._found, None)
                if member is None:
                    return Page(page, self._done, name, over=True)
                number = first + len(page)
                if number >= self._limits.members:
                    return Page(
                        page, self._done, name, over=True, error=f"the bulk has more than {self._limits.members:,} members"
                    )
                page.append(self._registered(member, number))
                name = member.name
                self._done += 1
        except _BREAKS_OFF as broken:
            return Page(page, self._done, name, over=True, error=reason_of(broken))
        return Page(page, self._done, name, over=False)

    def _registered(self, member: Member, number: int) -> NewMember:
        rule = self._order.rule_for(member.name)
        if member.reason or rule.template is None:
            return NewMember(number, label(member.name), reason=member.reason or f"left out by the rule for {rule.pattern}")
        job_id = job_id_of(self._bulk, number)
        key = layout.received(job_id, datetime.now(UTC))
        try:
            size_bytes, sha256 = self._store(key, member.chunks)
        except NoRoomError:
            return NewMember(number, label(member.name), reason="the tenant has no room for it (its limit stored_bytes)")
        except MemberTooLargeError:
            return NewMember(number, label(member.name), reason=f"it is larger than {self._limits.member_bytes:,} bytes")
        except ObjectNotFoundError:
            return NewMember(number, label(member.name), reason="it was removed meanwhile")
        except LimitExceededError:
            raise
        except BREAKS as error:
            if isinstance(error, OSError) and error.errno is not None:
                raise
            return NewMember(number, label(member.name), reason=reason_of(error))
        name = label(member.name)
        job = job_of(self._bulk, rule.template, job_id, name=name, key=key, size_bytes=size_bytes, sha256=sha256)
        return NewMember(number, name, job)

    def _store(self, key: str, chunks: Iterator[bytes]) -> tuple[int, str]:
        digest, size_bytes = hashlib.sha256(), 0
        with self._storage.writer(key) as writer:
            for chunk in chunks:
                size_bytes += len(chunk)
                if self._room_bytes is not None and size_bytes > self._room_bytes:
                    raise NoRoomError
                if size_bytes > self._limits.member_bytes:
                    raise MemberTooLargeError
                digest.update(chunk)
                writer.write(chunk)
            writer.commit()
        if self._room_bytes is not None:
            self._room_bytes -= size_bytes
        return size_bytes, digest.hexdigest()


def archive_members(
    storage: ObjectStorage, key: str, limits: ArchiveLimits, *, skip: int, open_in: ExitStack
) -> Iterator[Member]:
    """Members of a stored archive after the first ``skip``; the file is closed with ``open_in``."""
    file = open_in.enter_context(open_stored(storage, key))
    found = members(file, storage.size(key), limits)
    for _ in range(skip):
        next(found, None)
    return found


def imported_members(source: ImportSource, limits: ArchiveLimits, *, after: str) -> Iterator[Member]:
    """What lies below a prefix, in order of names."""
    for found in source.list(after):
        if found.size_bytes == 0:
            yield Member(found.name, "it is empty")
        elif found.name.rpartition("/")[2].startswith("."):
            yield Member(found.name, "it is a hidden file")
        elif found.size_bytes > limits.member_bytes:
            yield Member(found.name, f"it is larger than {limits.member_bytes:,} bytes")
        else:
            yield Member(found.name, chunks=source.iterate(found.name))


def single_member(name: str, chunks: Callable[[], Iterator[bytes]]) -> Iterator[Member]:
    yield Member(name, chunks=chunks())


def reason_of(error: Exception) -> str:
    """For people."""
    return (str(error) or type(error).__name__)[:_REASON_CHARACTERS]
