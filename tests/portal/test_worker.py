"""The worker: every job once in effect, none lost when a process dies, none endless."""

import os
import socket
import subprocess
import sys
from datetime import timedelta

import pytest
from sqlalchemy import select

from content import jobs
from content.db import now
from content.models import Job, JobState
from content.types import SYSTEM
from portal.runtime import Runtime
from portal.worker import handlers
from portal.worker.loop import drain, heal_index, release_dead, step
from portal.worker.task import Task
from search import index
from tests.builders import NOW, Builders


def enqueue(portal: Runtime, kind: str, **payload: object) -> int:
    with portal.database.writing() as session:
        return jobs.enqueue(session, kind, payload, by=SYSTEM, at=NOW).id


def state(portal: Runtime, job_id: int) -> JobState:
    with portal.database.reading() as session:
        return session.get_one(Job, job_id).state


def test_a_change_is_indexed_and_a_missing_index_is_made(portal: Runtime, make: Builders) -> None:
    make.lesson()
    make.issue()
    assert drain(portal) > 0
    found = index.status(portal.settings.index_dir)
    assert (found.problem, found.documents) == ("", 3)


def test_a_failing_job_is_tried_again_and_then_left_for_a_person(
    portal: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_task: Task) -> dict[str, object]:
        raise OSError("the mail server is away")

    monkeypatch.setitem(handlers.HANDLERS, "mail", broken)
    job_id = enqueue(portal, "mail")
    for tries in range(1, jobs.MAX_TRIES + 1):
        with portal.database.writing() as session:
            session.get_one(Job, job_id).run_after = NOW
        assert step(portal, "w")
        last = tries == jobs.MAX_TRIES
        assert state(portal, job_id) is (JobState.failed if last else JobState.waiting)
    assert not step(portal, "w")
    with portal.database.writing() as session:
        jobs.retry(session, job_id, at=now())
    assert state(portal, job_id) is JobState.waiting


def test_two_workers_never_hold_the_same_job(portal: Runtime) -> None:
    ids = {enqueue(portal, "mail") for _ in range(6)}
    taken = []
    for number in range(6):
        with portal.database.writing() as session:
            job = jobs.claim(session, f"w{number % 2}", at=now(), kinds=("mail",))
            assert job is not None
            taken.append(job.id)
    assert set(taken) == ids
    with portal.database.writing() as session:
        assert jobs.claim(session, "w0", at=now(), kinds=("mail",)) is None


def test_a_silent_worker_loses_its_job_and_a_dead_one_at_once(portal: Runtime) -> None:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    dead = f"{socket.gethostname()}:{process.pid}"
    alive = f"{socket.gethostname()}:{os.getpid()}"
    first, second = enqueue(portal, "mail"), enqueue(portal, "mail")
    with portal.database.writing() as session:
        for name in (dead, alive):
            jobs.claim(session, name, at=now(), kinds=("mail",))
    release_dead(portal)
    assert state(portal, first) is JobState.waiting
    assert state(portal, second) is JobState.running
    later = now() + jobs.LEASE + timedelta(seconds=1)
    with portal.database.writing() as session:
        claimed = {jobs.claim(session, "other", at=later, kinds=("mail",)) for _ in range(2)}
        assert {job.id for job in claimed if job} == {first, second}


def test_a_running_job_stops_when_asked(portal: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    def long(task: Task) -> dict[str, object]:
        with task.runtime.database.writing() as session:
            jobs.ask_to_stop(session, task.job_id, at=now())
        task.progress("half", 0.5)
        raise AssertionError("it goes on")

    monkeypatch.setitem(handlers.HANDLERS, "mail", long)
    job_id = enqueue(portal, "mail")
    step(portal, "w")
    assert state(portal, job_id) is JobState.stopped


def test_a_waiting_job_is_stopped_at_once(portal: Runtime) -> None:
    job_id = enqueue(portal, "mail")
    with portal.database.writing() as session:
        jobs.ask_to_stop(session, job_id, at=now())
    assert state(portal, job_id) is JobState.stopped
    assert not step(portal, "w")


def test_a_damaged_index_heals_at_the_start(portal: Runtime, make: Builders) -> None:
    make.lesson()
    drain(portal)
    (portal.settings.index_dir / "current").write_text("nonsense")
    heal_index(portal)
    assert index.status(portal.settings.index_dir).documents == 1


def test_what_is_gone_leaves_the_index(portal: Runtime, make: Builders) -> None:
    row = make.lesson()
    drain(portal)
    with portal.database.writing() as session:
        from content.importing.taking_back import delete_lessons

        delete_lessons(session, [row.id], by=SYSTEM, at=NOW)
    drain(portal)
    assert index.status(portal.settings.index_dir).documents == 0
    with portal.database.reading() as session:
        assert {job.state for job in session.scalars(select(Job))} == {JobState.done}
