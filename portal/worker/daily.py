"""What is done once a day: telling followers and managers what is new, and forgetting old things.

The worker plans the job when it starts, and the job plans the next one, so that there is always
exactly one ahead; a day on which nothing ran is made up for at the next start.
"""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from itertools import groupby

from sqlalchemy.orm import Session

from content import following, insight, jobs, review_dates, searches
from content.db import now
from content.models import Job, Person, Project, SavedSearch, Subscription
from content.types import SYSTEM, Actor
from portal import findings, searching
from portal.runtime import Runtime
from portal.worker.actionmail import tell_owners
from portal.worker.packmail import tell_managers
from portal.worker.reviewmail import tell_reviewers
from portal.worker.task import Task
from search.query import Query

KIND = "daily"
# When it runs, in UTC: before people come to work in Europe.
HOUR = time(5, 0)
# Findings of each search that a mail names.
SHOWN = 10


def plan(session: Session, *, at: datetime) -> None:
    """See to it that one daily job is ahead."""
    if not jobs.is_waiting(session, KIND):
        first = datetime.combine(at.date(), HOUR, at.tzinfo)
        due = first if first > at else first + timedelta(days=1)
        jobs.enqueue(session, KIND, by=SYSTEM, at=at, after=due - at)


def run(task: Task) -> dict[str, object]:
    """The daily job."""
    at = now()
    told = tell_followers(task.runtime, at) + tell_subscribers(task.runtime, at)
    told += tell_managers(task.runtime, at) + tell_reviewers(task.runtime, at)
    told += tell_owners(task.runtime, at)
    with task.runtime.database.writing() as session:
        if task.runtime.settings.theme_schedule == "quarter":
            look_for_themes(session, at=at)
        forgotten = insight.forget_before(session, (at - insight.KEEP).date())
        jobs.sweep(session, at=at)
        told += review_dates.ask(session, at=at)
        plan(session, at=at)
    task.runtime.database.take_stock()
    return {"mails": told, "searches forgotten": forgotten}


def look_for_themes(session: Session, *, at: datetime) -> Job | None:
    """Have themes looked for once a quarter, over the texts that the run before chose.

    A quarter whose first day was missed is made up for. Where nobody has run themes yet, or one
    was asked for in this quarter, there is nothing to do.
    """
    from analytics import catalogue

    run, asked = catalogue.newest(session), jobs.latest(session, "theme run")
    begun = at.replace(month=at.month - (at.month - 1) % 3, day=1, hour=0, minute=0, second=0)
    if run is None or run.started_at >= begun or (asked and asked.created_at >= begun):
        return None
    payload = {"corpus": run.parameters.get("corpus", {}), "scheduled": True}
    return jobs.enqueue(session, "theme run", payload, by=SYSTEM, at=at)


def tell_followers(runtime: Runtime, at: datetime) -> int:
    """Put one mail for each person with something new into the outbox; answers how many."""
    with runtime.database.reading() as session:
        mails = [
            (person.email, [saved.id for saved in kept], payload)
            for person, kept in _by_person(searches.due(session, at))
            for payload in [_mail(runtime, session, person, kept)]
        ]
    for _, ids, payload in mails:
        with runtime.database.writing() as session:
            for saved_id in ids:
                if (saved := session.get(SavedSearch, saved_id)) is not None:
                    saved.told_at = at
            if payload is not None:
                jobs.enqueue(session, "mail", payload, by=SYSTEM, at=at)
    return sum(payload is not None for _, _, payload in mails)


def tell_subscribers(runtime: Runtime, at: datetime) -> int:
    """One mail for each person about what changed in the things that they follow."""
    with runtime.database.reading() as session:
        mails = [
            (person, [row.id for row in rows], [n for n in _news(session, rows) if n])
            for person, rows in (
                (person, list(rows))
                for person, rows in groupby(following.due(session, at), key=lambda r: r.person)
            )
        ]
    sent = 0
    for person, ids, news in mails:
        with runtime.database.writing() as session:
            for row_id in ids:
                if (row := session.get(Subscription, row_id)) is not None:
                    row.told_at = at
            if news:
                payload = {
                    "template": "following", "to": person.email, "name": person.name,
                    "things": [{"title": n.title, "path": n.path, "lines": n.lines} for n in news],
                }  # fmt: skip
                jobs.enqueue(session, "mail", payload, by=SYSTEM, at=at)
                sent += 1
    return sent


def _news(session: Session, rows: Sequence[Subscription]) -> list[following.News | None]:
    return [following.news_of(session, row, by=row.person.as_actor()) for row in rows]


def _by_person(due: Sequence[SavedSearch]) -> list[tuple[Person, list[SavedSearch]]]:
    return [(person, list(kept)) for person, kept in groupby(due, key=lambda row: row.person)]


def _mail(
    runtime: Runtime, session: Session, person: Person, kept: Sequence[SavedSearch]
) -> dict[str, object] | None:
    """The mail to one person, or None when nothing is new for them."""
    by = person.as_actor()
    mine = searching.own_projects(session, by)
    parts = [_part(runtime, session, saved, by, mine) for saved in kept]
    found = [part for part in parts if part is not None]
    if not found:
        return None
    return {
        "template": "searches", "to": person.email, "name": person.name, "searches": found,
        "new": sum(int(str(part["total"])) for part in found),
    }  # fmt: skip


def _part(
    runtime: Runtime, session: Session, saved: SavedSearch, by: Actor, mine: Sequence[Project]
) -> dict[str, object] | None:
    found = searching.found_since(
        runtime.search, saved.address, saved.told_at, by, mine, limit=SHOWN
    )
    if not found.total:
        return None
    rows = findings.of_hits(session, found.findings, Query(), by=by)
    return {
        "name": saved.name,
        "path": f"/searches/{saved.id}",
        "total": found.total,
        "findings": [
            {"title": "".join(part.text for part in row.title), "path": row.url} for row in rows
        ],
    }
