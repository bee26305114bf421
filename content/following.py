"""Following lessons, pages, projects and themes, and the keys of a person's feeds.

Searches, project types and topics are followed as saved searches; here is what has a page of its
own. What is new is read at the moment of telling, with the eyes of whoever is told: what they may
not see is no news to them.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from content import activity
from content.access import Action, lessons_whole_to, reads_whole, require
from content.errors import Conflict, NotFound
from content.models import (
    PUBLIC_STATES,
    Comment,
    FeedKey,
    Follow,
    Followed,
    Issue,
    Lesson,
    Page,
    PageRevision,
    Person,
    Project,
    RevisionState,
    Subscription,
)
from content.searches import EVERY
from content.types import Actor

# Things that one person follows: more is a list that nobody reads.
MOST = 200
# What of a lesson's log is news to who follows it, and how it is said.
LESSON_NEWS: Mapping[str, str] = {
    "edit": "its text was changed", "supersede": "it was superseded", "retire": "it was retired",
    "restore": "it is in use again", "apply": "a project applied it",
    "add occurrence": "it happened to another project", "confirm": "its owner confirmed it",
}  # fmt: skip


def follow(
    session: Session, kind: Followed, object_id: int, how: Follow, *, by: Actor, at: datetime
) -> Subscription:
    """Follow one thing, or change how often one is told.

    Raises:
        NotFound: it is not there, or not open to `by`. Conflict: too many are followed.
    """
    require(by, Action.follow)
    name_of(session, kind, object_id, by=by)
    row = find(session, kind, object_id, by=by)
    if row is None:
        if len(of(session, by=by)) >= MOST:
            raise Conflict(f"You follow {MOST} things; leave some first.")
        assert by.id is not None  # a person follows
        row = Subscription(
            person_id=by.id, kind=kind, object_id=object_id, told_at=at, created_at=at, follow=how
        )
        session.add(row)
    row.follow = how
    session.flush()
    return row


def unfollow(session: Session, kind: Followed, object_id: int, *, by: Actor) -> None:
    """Follow one thing no longer."""
    row = find(session, kind, object_id, by=by)
    if row is not None:
        session.delete(row)
        session.flush()


def find(session: Session, kind: Followed, object_id: int, *, by: Actor) -> Subscription | None:
    """How `by` follows one thing, if at all."""
    query = select(Subscription).where(
        Subscription.person_id == by.id, Subscription.kind == kind,
        Subscription.object_id == object_id,
    )  # fmt: skip
    return session.scalars(query).first()


def of(session: Session, *, by: Actor) -> Sequence[Subscription]:
    """What `by` follows, the newest first."""
    query = select(Subscription).where(Subscription.person_id == by.id)
    return session.scalars(query.order_by(Subscription.id.desc())).all()


def name_of(session: Session, kind: Followed, object_id: int, *, by: Actor) -> tuple[str, str]:
    """The name and the address of a thing that can be followed.

    Raises:
        NotFound: it is not there, or not open to `by`.
    """
    found = _name(session, kind, object_id, by)
    if found is None:
        raise NotFound("There is nothing here, or it is not open to you.")
    return found


def _name(session: Session, kind: Followed, object_id: int, by: Actor) -> tuple[str, str] | None:
    if kind is Followed.lesson:
        lesson = session.get(Lesson, object_id, options=[joinedload(Lesson.project)])
        if lesson is None or not reads_whole(by, lesson):
            return None
        return lesson.headline, f"/lessons/{object_id}"
    if kind is Followed.page:
        page = session.get(Page, object_id, options=[joinedload(Page.playbook)])
        return (page.title, f"/playbooks/{page.playbook.slug}/{page.slug}") if page else None
    if kind is Followed.project:
        project = session.get(Project, object_id)
        return (f"{project.code} {project.name}", f"/projects/{project.code}") if project else None
    return None


# What is new ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class News:
    """What is new about one followed thing."""

    title: str
    path: str
    lines: tuple[str, ...]


def due(session: Session, at: datetime) -> Sequence[Subscription]:
    """What is to be told now, person by person."""
    query = (
        select(Subscription)
        .join(Subscription.person)
        .where(Person.active.is_(True), Subscription.follow != Follow.never)
        .options(joinedload(Subscription.person))
        .order_by(Subscription.person_id, Subscription.id)
    )
    return [row for row in session.scalars(query) if row.told_at <= at - EVERY[row.follow]]


def news_of(session: Session, row: Subscription, *, by: Actor) -> News | None:
    """What is new since its person was told; None when nothing is, or it is not open to them."""
    named = _name(session, row.kind, row.object_id, by)
    if named is None:
        return None
    read = {
        Followed.lesson: _of_lesson, Followed.page: _of_page, Followed.project: _of_project,
    }[row.kind]  # fmt: skip
    lines = read(session, row.object_id, row.told_at, by)
    return News(*named, tuple(lines)) if lines else None


def _of_lesson(session: Session, lesson_id: int, since: datetime, by: Actor) -> list[str]:
    rows = [row for row in activity.of(session, "lesson", lesson_id) if row.at > since]
    verbs = dict.fromkeys(
        row.verb for row in reversed(rows) if row.verb in LESSON_NEWS and row.actor_id != by.id
    )
    lines = [LESSON_NEWS[verb] for verb in verbs]
    said = session.scalar(
        select(func.count())
        .select_from(Comment)
        .where(
            Comment.lesson_id == lesson_id, Comment.at > since, Comment.removed_at.is_(None),
            Comment.by_id.is_distinct_from(by.id),
        )
    )  # fmt: skip
    return lines + ([f"{said} new {'comment' if said == 1 else 'comments'}"] if said else [])


def _of_page(session: Session, page_id: int, since: datetime, by: Actor) -> list[str]:
    query = (
        select(PageRevision)
        .where(
            PageRevision.page_id == page_id, PageRevision.decided_at > since,
            PageRevision.state.in_((RevisionState.published, RevisionState.superseded)),
        )
        .order_by(PageRevision.number)
    )  # fmt: skip
    return [
        f"revision {row.number} is in force" + (f": {row.change_note}" if row.change_note else "")
        for row in session.scalars(query)
    ]


def _of_project(session: Session, project_id: int, since: datetime, by: Actor) -> list[str]:
    lessons = session.scalars(
        select(Lesson.headline).where(
            Lesson.project_id == project_id, Lesson.state.in_(PUBLIC_STATES),
            Lesson.published_at > since, lessons_whole_to(by),
        )
    ).all()  # fmt: skip
    issues = session.scalars(
        select(Issue.title).where(Issue.project_id == project_id, Issue.created_at > since)
    ).all()
    closed = [
        row for row in activity.of(session, "project", project_id, limit=20)
        if row.at > since and row.verb in ("close", "reopen", "pass gate")
    ]  # fmt: skip
    said = {"close": "it is closed", "reopen": "it is open again", "pass gate": "it passed a gate"}
    return [
        *(said[row.verb] for row in closed),
        *(f"lesson: {headline}" for headline in lessons),
        *(f"issue: {title}" for title in issues),
    ]


# Keys of feeds --------------------------------------------------------------------------------


def nonce(session: Session, person_id: int) -> str | None:
    """What a person's feed addresses are made of; None before there are any."""
    row = session.get(FeedKey, person_id)
    return row.nonce if row else None


def renew_key(session: Session, *, by: Actor, at: datetime) -> str:
    """Make feed addresses, or new ones, which makes the old ones void."""
    require(by, Action.follow)
    assert by.id is not None  # a person has feeds
    row = session.get(FeedKey, by.id) or FeedKey(person_id=by.id)
    row.nonce, row.created_at = secrets.token_urlsafe(16), at
    session.add(row)
    session.flush()
    activity.record(session, "person", by.id, "renew feed key", by=by, at=at)
    return row.nonce
