"""Turns a bulk's sources into jobs, page by page; where it dies, another goes on from the last page."""

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack
from urllib.parse import urlsplit

import msgspec

from cluster.bulks import notices
from cluster.bulks.archives import Member
from cluster.bulks.members import Page, SourceReader, archive_members, imported_members, reason_of, single_member
from cluster.bulks.order import Position, Source, SourceKind, StoredOrder, job_of
from cluster.progress import ProgressBus
from cluster.settings import Settings
from jobs_store.bulks import Bulk, NewMember
from jobs_store.database import Database
from jobs_store.errors import (
    InvalidAddressError,
    ObjectNotFoundError,
    UploadGoneError,
    UploadIncompleteError,
    UploadNotFoundError,
)
from jobs_store.events import NewEvent
from jobs_store.reach import EVERYWHERE, Reach
from jobs_store.storage import ObjectStorage
from jobs_store.storage.imports import ImportSource, open_import
from jobs_store.uploads import Upload, UploadState
from jobs_store.uploads.parts import make_whole
from scanner.readers.archive_policy import many_reports

_LEFT_OUT_SHOWN = 20
"""Left-out members of a page that get a line each in the bulk's log; all of them are listed under /skipped."""
_NOT_THERE = (InvalidAddressError, ObjectNotFoundError, UploadGoneError, UploadIncompleteError, UploadNotFoundError)


class Registrar:
    """Registers one bulk. Raises `BulkClaimLostError` when it is not its any more, and what the stores raise when away."""

    def __init__(self, settings: Settings, database: Database, storage: ObjectStorage, bus: ProgressBus, bulk_id: str) -> None:
        self._settings, self._database, self._storage, self._bus, self._bulk_id = settings, database, storage, bus, bulk_id
        self._limits = many_reports(
            settings.bulk_max_members, settings.max_direct_upload_bytes, settings.bulk_max_unpacked_mb * 1_000_000
        )
        self._bulk: Bulk
        self._order: StoredOrder
        self._claim = ""

    async def run(self) -> None:
        self._bulk, self._claim = await self._database.bulks.registration.claim(self._bulk_id)
        text = await self._database.bulks.order(self._bulk_id)
        if text is None:
            await self._finish("its order has been removed")
            return
        self._order = StoredOrder.decode(text)
        position = Position.decode(self._bulk.position)
        while position.source < len(self._order.sources):
            source = self._order.sources[position.source]
            try:
                position = await self._advance(source, position)
            except _NOT_THERE as error:
                member = NewMember(self._bulk.members, source.reference, reason=reason_of(error))
                position = _next(position, error=f"{source.reference}: {reason_of(error)}")
                await self._add([member], position)
        await self._finish("; ".join(position.errors) or None)

    async def fail(self, error: str) -> None:
        """Gives up: what is registered goes on."""
        self._bulk, self._claim = await self._database.bulks.registration.claim(self._bulk_id)
        await self._finish(error)

    async def _advance(self, source: Source, position: Position) -> Position:
        match source.kind:
            case SourceKind.UPLOAD:
                return await self._upload(source, position)
            case SourceKind.ARCHIVE:
                return await self._archive(source, position)
            case SourceKind.OBJECT:
                opened = self._open(source)
                await asyncio.to_thread(opened.size)  # raises for one that is not there: it was asked for by name
                found = single_member(urlsplit(source.reference).path.lstrip("/"), opened.iterate)
                return await self._pages(found, position)
            case SourceKind.PREFIX:
                opened = self._open(source)
                return await self._pages(imported_members(opened, self._limits, after=position.after), position)

    def _open(self, source: Source) -> ImportSource:
        settings = self._settings
        allowed, own = settings.bulk_allowed_prefixes, settings.storage_url
        return open_import(source.reference, allowed, tenant=self._bulk.tenant, own=own)

    async def _upload(self, source: Source, position: Position) -> Position:
        """Uploads that follow each other become one page."""
        page: list[NewMember] = []
        while source.kind is SourceKind.UPLOAD and len(page) < 100:
            number = self._bulk.members + len(page)
            try:
                page.append(self._upload_member(number, await self._whole(source.reference)))
                position = _next(position)
            except _NOT_THERE as error:
                page.append(NewMember(number, source.reference, reason=reason_of(error)))
                position = _next(position, error=f"{source.reference}: {reason_of(error)}")
            if position.source == len(self._order.sources):
                break
            source = self._order.sources[position.source]
        await self._add(page, position)
        return position

    def _upload_member(self, number: int, upload: Upload) -> NewMember:
        rule = self._order.rule_for(upload.filename)
        if rule.template is None:
            return NewMember(number, upload.filename, reason=f"left out by the rule for {rule.pattern}")
        job = job_of(
            self._bulk,
            rule.template,
            upload.job_id,
            name=path_of(upload) or upload.filename,
            key=upload.storage_key,
            size_bytes=upload.size_bytes,
        )
        return NewMember(number, upload.filename, job, upload_id=upload.upload_id)

    async def _whole(self, upload_id: str) -> Upload:
        upload = await self._database.uploads.get(Reach(self._bulk.tenant), upload_id)
        if upload.state is UploadState.REMOVED:
            raise UploadGoneError(upload_id)
        await asyncio.to_thread(make_whole, self._storage, upload)
        return await self._database.uploads.mark_complete(upload_id)

    async def _archive(self, source: Source, position: Position) -> Position:
        upload = await self._whole(source.reference)
        if not position.started:
            position = msgspec.structs.replace(position, started=True)
            await self._add([], position, archive=upload.upload_id)
        with ExitStack() as opened:
            found = await asyncio.to_thread(
                archive_members, self._storage, upload.storage_key, self._limits, skip=position.members_done, open_in=opened
            )
            return await self._pages(found, position)

    async def _pages(self, found: Iterator[Member], position: Position) -> Position:
        reader = SourceReader(
            self._bulk,
            self._order,
            self._storage,
            self._limits,
            found,
            done=position.members_done,
        )
        while True:
            page = await asyncio.to_thread(reader.page, self._bulk.members, await self._room())
            position = _after(position, page, self._order.sources[position.source])
            await self._add(page.members, position)
            if page.over:
                return position

    async def _room(self) -> int | None:
        """Bytes that the tenant may still store; None: no matter how many."""
        most = self._order.stored_bytes
        if most is None:
            return None
        return max(0, most - (await self._database.tenants.usage(self._bulk.tenant)).stored_bytes)

    async def _add(self, page: list[NewMember], position: Position, *, archive: str | None = None) -> None:
        events = _told(page)
        written = await self._database.bulks.registration.add_page(
            self._bulk, self._claim, page, position.encode(), archive=archive, events=events
        )
        await self._bus.publish(written)
        self._bulk = await self._database.bulks.get(EVERYWHERE, self._bulk_id)

    async def _finish(self, error: str | None) -> None:
        events = [notices.log(f"registered {self._bulk.members} members")]
        if error:
            events.append(notices.log(f"registering broke off: {error}", "ERROR"))
        written = await self._database.bulks.registration.finish(self._bulk_id, self._claim, error=error, events=events)
        await self._bus.publish(written)


class _Said(msgspec.Struct):
    """Of the options that came with an upload."""

    path: str | None = None


def path_of(upload: Upload) -> str:
    """The upload's name with its folders, where it was announced with some."""
    return msgspec.json.decode(upload.options, type=_Said).path or ""


def _next(position: Position, *, error: str = "") -> Position:
    errors = (*position.errors, error)[:5] if error else position.errors
    return Position(source=position.source + 1, errors=errors)


def _after(position: Position, page: Page, source: Source) -> Position:
    if page.over:
        return _next(position, error=f"{source.reference}: {page.error}" if page.error else "")
    return msgspec.structs.replace(position, members_done=page.done, after=page.after or position.after)


def _told(page: list[NewMember]) -> list[NewEvent]:
    left_out = [member for member in page if member.reason]
    events = [notices.left_out(member.name, member.reason or "") for member in left_out[:_LEFT_OUT_SHOWN]]
    if len(left_out) > _LEFT_OUT_SHOWN:
        events.append(notices.log(f"and {len(left_out) - _LEFT_OUT_SHOWN} more are left out", "WARNING"))
    return events
