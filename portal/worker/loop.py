"""The loop: claim, do, mark. It knows no kind of job; `handlers` does."""

import os
import socket
import threading
from collections.abc import Sequence

from sqlalchemy.exc import OperationalError

from content import jobs, passages
from content.db import now
from content.errors import PortalError
from content.models import Job
from portal.logs import log
from portal.runtime import Runtime
from portal.stopping import Stop
from portal.worker import daily
from portal.worker.handlers import BATCHED, HANDLERS, rebuild
from portal.worker.task import Stopped, Task
from search import index

# Seconds between two looks at an empty table; a change is searchable within twice this and the
# time of one commit.
IDLE = 0.25
# Seconds between two signs of life.
BEAT = 5.0
BATCH = 500


def run(runtime: Runtime, stop: Stop) -> None:
    """Work until somebody asks to stop."""
    name = f"{socket.gethostname()}:{os.getpid()}"
    heart = threading.Thread(target=_beat, args=(runtime, name, stop), daemon=True)
    heart.start()
    release_dead(runtime)
    heal_index(runtime)
    runtime.database.take_stock()
    with runtime.database.writing() as session:
        daily.plan(session, at=now())
        passages.ask_for_missing(session, at=now())
    log().info("worker started", worker=name)
    while not stop.asked:
        if not step(runtime, name):
            stop.wait(IDLE)
    heart.join(timeout=2)
    with runtime.database.writing() as session:
        jobs.release(session, name)
    log().info("worker stopped", worker=name)


def heal_index(runtime: Runtime) -> None:
    """Build the index anew when it is missing, damaged or of another version."""
    found = index.status(runtime.settings.index_dir)
    if found.problem:
        log().warning("index is built anew", problem=found.problem)
        rebuild(runtime)


def release_dead(runtime: Runtime) -> None:
    """Give back the jobs of workers of this machine that died, without waiting for the lease."""
    here = f"{socket.gethostname()}:"
    with runtime.database.writing() as session:
        for name in jobs.workers_holding(session):
            number = name.removeprefix(here)
            if name.startswith(here) and number.isdigit() and not _lives(int(number)):
                jobs.release(session, name)


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def drain(runtime: Runtime, name: str = "inline") -> int:
    """Do all that is due now, and answer how many steps it took; for commands and tests."""
    steps = 0
    while step(runtime, name):
        steps += 1
    return steps


def step(runtime: Runtime, name: str) -> bool:
    """Do one job, or one batch of jobs of a kind; False when nothing is due."""
    try:
        with runtime.database.writing() as session:
            first = jobs.claim(session, name, at=now(), kinds=tuple(HANDLERS) + tuple(BATCHED))
            if first is None:
                return False
            batch = [first]
            if first.kind in BATCHED:
                batch.extend(jobs.claim_alike(session, first, at=now(), limit=BATCH))
    except OperationalError as error:
        # The database is away or being restored: wait for it rather than die.
        log().warning("database not reachable", error=type(error.orig).__name__)
        return False
    _do(runtime, batch)
    return True


def _do(runtime: Runtime, batch: Sequence[Job]) -> None:
    first = batch[0]
    try:
        if first.kind in BATCHED:
            BATCHED[first.kind](runtime, [job.payload for job in batch])
            with runtime.database.writing() as session:
                jobs.finish_all(session, [job.id for job in batch], at=now())
        else:
            result = HANDLERS[first.kind](Task(runtime, first.id, first.payload))
            with runtime.database.writing() as session:
                jobs.finish(session, first.id, at=now(), result=result)
    except Stopped:
        with runtime.database.writing() as session:
            jobs.stopped(session, first.id, at=now())
    except PortalError as error:
        _fail(runtime, batch, error.message, final=True)
    except Exception as error:
        # Whatever a handler meets must not end the worker; the job is tried again, then shown.
        log().exception("job failed", kind=first.kind, job=first.id)
        _fail(runtime, batch, f"{type(error).__name__}: {error}", final=False)


def _fail(runtime: Runtime, batch: Sequence[Job], error: str, *, final: bool) -> None:
    with runtime.database.writing() as session:
        for job in batch:
            jobs.fail(session, job.id, error, at=now(), final=final)


def _beat(runtime: Runtime, name: str, stop: Stop) -> None:
    while True:
        try:
            with runtime.database.writing() as session:
                jobs.beat(session, name, at=now())
        except OperationalError as error:
            log().warning("no sign of life", error=type(error.orig).__name__)
        if stop.wait(BEAT):
            return
