"""The floor of an import: stored bodies are read and posted, in the same order and with the same budget, and nothing else."""

import asyncio
import time

from benchmarks.by_hand import Prepared
from benchmarks.service import Sandbox
from cluster import machine
from cluster.bodies import load_body
from cluster.resources import IMPORTS_IN_FLIGHT
from jobs_store.jobs import Batch
from jobs_store.storage import open_storage
from scanner.model import AssetType, ImportType
from scanner.phoenix.budget import AdaptiveBudget
from scanner.phoenix.client import PhoenixClient
from scanner.phoenix.credentials import PhoenixCredentials
from scanner.phoenix.exchange import phoenix_http
from scanner.phoenix.tokens import LocalTokens


def post(prepared: Prepared, sandbox: Sandbox, *, assessment_name: str) -> float:
    """Seconds until all are IMPORTED. Raises `scanner.phoenix.errors.PhoenixError`."""
    return asyncio.run(_post(prepared, sandbox, assessment_name))


async def _post(prepared: Prepared, sandbox: Sandbox, assessment_name: str) -> float:
    credentials = PhoenixCredentials(sandbox.url, sandbox.client_id, sandbox.client_secret)
    storage = open_storage(prepared.storage_url)
    batches = {batch.number: batch for batch in prepared.batches}
    job = machine.JobMachine.resume(prepared.batches, machine.Progress())
    async with phoenix_http() as http:
        client = PhoenixClient(credentials, LocalTokens(credentials, http), AdaptiveBudget(), http)

        async def send(batch: Batch) -> int:
            assert batch.storage_key is not None
            body = await asyncio.to_thread(load_body, storage, batch.storage_key)
            result = await client.import_batch(
                import_type=ImportType(batch.import_type),
                assessment_name=assessment_name,
                asset_type=AssetType(batch.asset_type),
                assets_json=body,
            )
            return result.requests

        started = time.monotonic()
        running: dict[asyncio.Task[int], machine.ImportBatch] = {}
        while True:
            for command in job.take_due(IMPORTS_IN_FLIGHT - len(running)):
                if not isinstance(command, machine.ImportBatch):
                    return time.monotonic() - started
                running[asyncio.create_task(send(batches[command.number]))] = command
            done, _ = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                sent = running.pop(task)
                job.apply(sent, machine.BatchImported(sent.number, task.result()))
