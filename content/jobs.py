"""The job table as an outbox: enqueue with the change, claim under a lease, finish or try again.

A handler may run twice (a worker can die after its work and before its mark), so handlers must
be repeatable. Nothing here knows what the kinds do; `portal/worker` maps them to functions.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import case, delete, func, or_, select, update
from sqlalchemy.orm import Session

from content.errors import Conflict, NotFound
from content.models import Job, JobState, WorkerBeat
from content.types import Actor, Kind

# A worker that is silent this long has died; its job goes to another.
LEASE = timedelta(seconds=60)
# Tries before a job is left as failed for a person to look at.
MAX_TRIES = 5
# Seconds to wait before the 2nd, 3rd ... try.
BACKOFF = (2, 10, 60, 300)
# Finished jobs are kept this long, for the pages that show them.
KEEP = timedelta(days=14)


def enqueue(
    session: Session,
    kind: str,
    payload: Mapping[str, Any] | None = None,
    *,
    by: Actor,
    at: datetime,
    after: timedelta = timedelta(0),
) -> Job:
    """Add a job to the unit of work of the change that causes it."""
    job = _waiting(kind, payload or {}, by=by, at=at, after=after)
    session.add(job)
    session.flush()
    return job


def _waiting(
    kind: str, payload: Mapping[str, Any], *, by: Actor, at: datetime, after: timedelta
) -> Job:
    return Job(
        kind=kind,
        payload=dict(payload),
        state=JobState.waiting,
        run_after=at + after,
        created_by_id=by.id,
        created_at=at,
    )


def reindex(session: Session, kind: Kind, object_id: int, *, by: Actor, at: datetime) -> None:
    """Have the index follow a change of one object."""
    payload = {"kind": kind.value, "id": object_id}
    # Nobody asks for its number, so that it is written with whatever is written next.
    session.add(_waiting("index", payload, by=by, at=at, after=timedelta(0)))


def claim(session: Session, worker: str, *, at: datetime, kinds: Sequence[str]) -> Job | None:
    """The oldest job that is due, or whose worker has died, now leased to `worker`."""
    due = or_(
        (Job.state == JobState.waiting) & (Job.run_after <= at),
        (Job.state == JobState.running) & (Job.lease_until < at),
    )
    query = (
        select(Job)
        .where(due, Job.kind.in_(kinds))
        .order_by(Job.run_after, Job.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    job = session.scalars(query).first()
    if job is None:
        return None
    job.state = JobState.running
    job.worker = worker
    job.lease_until = at + LEASE
    job.tries += 1
    return job


def claim_alike(session: Session, first: Job, *, at: datetime, limit: int) -> Sequence[Job]:
    """More waiting jobs of the kind of `first`, to be done in one go with it."""
    query = (
        select(Job)
        .where(Job.kind == first.kind, Job.state == JobState.waiting, Job.run_after <= at)
        .order_by(Job.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    jobs = session.scalars(query).all()
    for job in jobs:
        job.state, job.worker, job.lease_until = JobState.running, first.worker, at + LEASE
        job.tries += 1
    return jobs


def progress(session: Session, job_id: int, step: str, share: float, *, at: datetime) -> bool:
    """Show where a job stands and renew its lease; False when somebody asked it to stop."""
    job = _get(session, job_id)
    job.step, job.share, job.lease_until = step[:200], share, at + LEASE
    return not job.stop_asked


def finish(
    session: Session, job_id: int, *, at: datetime, result: Mapping[str, Any] | None = None
) -> None:
    """Mark a job as done."""
    job = _get(session, job_id)
    job.state, job.share, job.finished_at, job.error = JobState.done, 1.0, at, None
    job.result = dict(result or {})


def finish_all(session: Session, job_ids: Sequence[int], *, at: datetime) -> None:
    """Mark a batch of jobs as done, in one statement."""
    done = {"state": JobState.done, "share": 1.0, "finished_at": at, "error": None, "result": {}}
    session.execute(update(Job).where(Job.id.in_(job_ids)).values(**done))


def fail(session: Session, job_id: int, error: str, *, at: datetime, final: bool = False) -> None:
    """Note what went wrong; the job waits for its next try unless it has had enough."""
    job = _get(session, job_id)
    job.error = error[:2000]
    if final or job.tries >= MAX_TRIES:
        job.state, job.finished_at = JobState.failed, at
        return
    job.state = JobState.waiting
    job.run_after = at + timedelta(seconds=BACKOFF[min(job.tries, len(BACKOFF)) - 1])


def ask_to_stop(session: Session, job_id: int, *, at: datetime) -> Job:
    """Stop a waiting job at once, and a running one at its next progress report."""
    job = _get(session, job_id)
    job.stop_asked = True
    if job.state is JobState.waiting:
        job.state, job.finished_at = JobState.stopped, at
    return job


def stopped(session: Session, job_id: int, *, at: datetime) -> None:
    """Mark a running job as stopped on request."""
    job = _get(session, job_id)
    job.state, job.finished_at = JobState.stopped, at


def get(session: Session, job_id: int) -> Job:
    """One job.

    Raises:
        NotFound: there is none with this id.
    """
    return _get(session, job_id)


def find(session: Session, job_id: int | None) -> Job | None:
    """One job, or None when it is forgotten or was never there."""
    return session.get(Job, job_id) if job_id is not None else None


def retry(session: Session, job_id: int, *, at: datetime) -> None:
    """Put a failed job back to its first try.

    Raises:
        Conflict: it has not failed.
    """
    job = _get(session, job_id)
    if job.state is not JobState.failed:
        raise Conflict("Only a failed job can be tried again.")
    job.state, job.tries, job.run_after, job.finished_at = JobState.waiting, 0, at, None


def counts(session: Session) -> dict[JobState, int]:
    """How many jobs there are in each state."""
    query = select(Job.state, func.count()).group_by(Job.state)
    return {key: count for key, count in session.execute(query)}


def listing(session: Session, *, limit: int) -> Sequence[Job]:
    """The jobs that a person may want to see: failed ones first, then the newest."""
    failed_first = case((Job.state == JobState.failed, 0), else_=1)
    return session.scalars(select(Job).order_by(failed_first, Job.id.desc()).limit(limit)).all()


def is_waiting(session: Session, kind: str) -> bool:
    """Whether a job of this kind is ahead."""
    query = select(Job.id).where(Job.kind == kind, Job.state == JobState.waiting).limit(1)
    return session.scalar(query) is not None


def latest(session: Session, kind: str) -> Job | None:
    """The newest job of a kind."""
    return session.scalars(
        select(Job).where(Job.kind == kind).order_by(Job.id.desc()).limit(1)
    ).first()


def release(session: Session, worker: str) -> None:
    """Give back what a worker held, when it starts again under the same name."""
    session.execute(
        update(Job)
        .where(Job.state == JobState.running, Job.worker == worker)
        .values(state=JobState.waiting, worker=None, lease_until=None)
    )


def workers_holding(session: Session) -> Sequence[str]:
    """The names of the workers that hold a running job."""
    query = select(Job.worker).where(Job.state == JobState.running).distinct()
    return [name for name in session.scalars(query) if name is not None]


def beat(session: Session, worker: str, *, at: datetime) -> None:
    """Leave a sign of life, and keep the lease of what the worker does now."""
    row = session.get(WorkerBeat, worker)
    if row is None:
        session.add(WorkerBeat(name=worker, seen_at=at))
    else:
        row.seen_at = at
    session.execute(
        update(Job)
        .where(Job.state == JobState.running, Job.worker == worker)
        .values(lease_until=at + LEASE)
    )


def last_beat(session: Session) -> datetime | None:
    """When any worker was last seen."""
    return session.scalars(
        select(WorkerBeat.seen_at).order_by(WorkerBeat.seen_at.desc()).limit(1)
    ).first()


def sweep(session: Session, *, at: datetime) -> None:
    """Forget finished jobs that are old; failed ones stay until a person looked."""
    session.execute(
        delete(Job).where(
            Job.state.in_((JobState.done, JobState.stopped)), Job.finished_at < at - KEEP
        )
    )


def _get(session: Session, job_id: int) -> Job:
    job = session.get(Job, job_id)
    if job is None:
        raise NotFound(f"There is no job {job_id}.")
    return job
