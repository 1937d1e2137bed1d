"""A job's report is given back as it was sent: whole, under a safe name, to whom it may be given, and the audit log says so."""

from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager

import httpx
import pytest
from tenant_making import make_key

from jobs_store.jobs import NewJob
from jobs_store.keys import Scope
from scanner.options import ImportOptions
from serve_app.services.reports import as_attachment
from serve_app.wiring import Wiring

Connect = Callable[..., AbstractAsyncContextManager[httpx.AsyncClient]]
PATH = "/api/v1/jobs/job-1/report"
CONTENT = b"\x00<script>" * 100_000


async def queue(wiring: Wiring, *, stored: bool = True, **given: object) -> None:
    fields = {"job_id": "job-1", "filename": "../scan of \u202ewörk.json", "file_path": "received/1", "file_size_bytes": 5}
    await wiring.database.jobs.create(NewJob(**(fields | given)))
    if stored:
        wiring.storage.put("received/1", CONTENT)


async def test_it_is_a_file_to_keep_with_the_bytes_that_were_sent(client: httpx.AsyncClient, wiring: Wiring) -> None:
    await queue(wiring)
    answer = await client.get(PATH)
    assert (answer.status_code, answer.content) == (200, CONTENT)
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-length"] == str(len(CONTENT))
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "content-encoding" not in answer.headers
    disposition = answer.headers["content-disposition"]
    assert disposition == "attachment; filename=\"scan of w_rk.json\"; filename*=UTF-8''scan%20of%20w%C3%B6rk.json"
    entries = (await client.get("/api/v1/audit")).json()["entries"]
    assert [(entry["action"], entry["object"], entry["outcome"]) for entry in entries[:1]] == [("report.read", "job-1", "done")]


async def test_it_leaves_in_blocks(client: httpx.AsyncClient, wiring: Wiring, monkeypatch: pytest.MonkeyPatch) -> None:
    await queue(wiring)
    iterate, asked = type(wiring.storage).iterate, []

    def noted(storage: object, key: str, chunk_bytes: int) -> Iterator[bytes]:
        for block in iterate(storage, key, chunk_bytes):
            asked.append(len(block))
            yield block

    monkeypatch.setattr(type(wiring.storage), "iterate", noted)
    assert (await client.get(PATH)).content == CONTENT
    assert len(asked) > 2
    assert max(asked) <= 1 << 18


async def test_what_retention_has_removed_is_gone(client: httpx.AsyncClient, wiring: Wiring) -> None:
    await queue(wiring, stored=False)
    gone = await client.get(PATH)
    assert (gone.status_code, gone.json()["error"]) == (410, "report_gone")


async def test_names_of_an_anonymized_job_are_for_who_sent_it_and_administrators(wiring: Wiring, connect: Connect) -> None:
    options = ImportOptions(anonymize=True).encode()
    reader = await make_key(wiring.database, "payments", Scope.READ)
    sender = await make_key(wiring.database, "payments", Scope.SUBMIT)
    admin = await make_key(wiring.database, "payments", Scope.ADMIN)
    stranger = await make_key(wiring.database, "others", Scope.ADMIN)
    known = await wiring.database.keys.find(sender)
    assert known is not None
    await queue(wiring, tenant="payments", processing_options=options, submitted_by=f"key:{known.key.key_id}")
    answers = {}
    for name, key in {"reader": reader, "sender": sender, "admin": admin, "stranger": stranger}.items():
        async with connect(wiring, key=key) as client:
            answers[name] = (await client.get(PATH)).status_code
    assert answers == {"reader": 403, "sender": 200, "admin": 200, "stranger": 404}


@pytest.mark.parametrize(
    ("filename", "plain"),
    [
        ("trivy.json", "trivy.json"),
        ("/etc/passwd", "passwd"),
        ("C:\\scans\\a.json", "a.json"),
        ('a"; filename="b.exe\r\nX: 1', "a__ filename__b.exeX_ 1"),
        ("..", "report"),
        ("\ud800.json", "_.json"),
        ("", "report"),
    ],
)
def test_a_name_cannot_be_more_than_a_name(filename: str, plain: str) -> None:
    value = as_attachment(filename)
    assert value.startswith(f'attachment; filename="{plain}"; ')
    assert value.isascii()
    assert value.isprintable()
