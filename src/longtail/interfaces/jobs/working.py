"""The worker: runs the jobs, and takes up those that a killed worker left behind.

A worker that is killed leaves its job marked as being done, and with it the lock of the
books: without anybody to take it up, no job that moves money would ever run again.
"""

from __future__ import annotations

import asyncio
import logging
import os
from contextlib import suppress
from typing import Any

from procrastinate import App
from procrastinate.contrib.django import app
from procrastinate.exceptions import ConnectorException, UniqueViolation
from procrastinate.jobs import Status

BEAT_SECONDS, LOOK_SECONDS = 1.0, 2.0
# A worker that has not been heard of for so long is dead, if it seems so twice.
DEAD_SECONDS = 4.0
log = logging.getLogger(__name__)


def run() -> None:
    """Run the jobs, one at a time, until the process is told to stop."""
    with app.replace_connector(app.connector.get_worker_connector()) as connected:
        asyncio.run(_work(connected))


async def _work(connected: App) -> None:
    asyncio.get_running_loop().set_exception_handler(_fall)
    async with connected.open_async():
        reviving = asyncio.create_task(_keep_reviving(connected))
        try:
            await connected.run_worker_async(
                concurrency=1,
                update_heartbeat_interval=BEAT_SECONDS,
                stalled_worker_timeout=DEAD_SECONDS,
            )
        finally:
            reviving.cancel()
            with suppress(asyncio.CancelledError):
                await reviving


def _fall(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """End the process: a job whose end could not be written down is nobody's any more.

    It would be marked as being done, with its locks, for as long as this worker lives.
    Such is a job to be retried whose next run waits already.
    """
    loop.default_exception_handler(context)
    if context.get("exception") is not None:
        os._exit(1)


async def _keep_reviving(connected: App) -> None:
    seen: set[int] = set()
    while True:
        try:
            seen = await revive(connected, seen)
        except ConnectorException as error:
            # After an outage everybody's heart seems to have stopped: look twice again.
            seen = set()
            log.warning("the queue could not be looked through: %s", error)
        await asyncio.sleep(LOOK_SECONDS)


async def revive(connected: App, seen: set[int]) -> set[int]:
    """Queue again the jobs of workers that have died; every job may be done again.

    Args:
        connected: The queue.
        seen: The jobs that seemed abandoned the last time; only these are taken up.

    Returns:
        The jobs that seem abandoned now.
    """
    jobs = connected.job_manager
    found = await jobs.get_stalled_jobs(seconds_since_heartbeat=DEAD_SECONDS)
    stalled = {job.id: job for job in found if job.id is not None}
    for number in stalled.keys() & seen:
        try:
            await jobs.retry_job(stalled[number])
        except UniqueViolation:
            # The next run of the same task waits already, and does the work.
            await jobs.finish_job_by_id_async(number, Status.FAILED, delete_job=False)
    return set(stalled) - seen
