"""What the PMO of the sample organisation decided and did, told by the verbs that people use.

The files say who met, voted, wrote and decided, and who changed what. What was known of a theme,
the rate before a change, its evidence and its effect are counted by the portal from the projects
that are there. It needs themes, so it is told after the first theme run.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from analytics import actions, releases, reviews, room, stages
from analytics.models import Theme, ThemeMember
from analytics.review_models import (
    Action,
    ChangeKind,
    Outcome,
    Review,
    ReviewItem,
    ReviewState,
)
from content.models import Job, Lesson, Page, Person, Playbook, Template
from content.starter.source import STARTER, moment, toml
from content.types import Actor, Kind

# Days before a review on which it was planned, and on which people voted.
PLANNED, VOTED = timedelta(days=14), timedelta(days=1)


def tell(session: Session, *, at: datetime) -> int:
    """Hold the sample's reviews and take its actions as far as they are; answers how many.

    Nothing is told twice, and nothing where the run found none of the themes.
    """
    if session.scalar(select(func.count()).select_from(Review)):
        return 0
    last = session.scalar(select(func.max(Job.id))) or 0
    told = [_review(session, text, at) for text in toml(STARTER / "loop.toml")["review"]]
    stages.look_again(session, at=at)
    # Letters of the past were read long ago.
    session.execute(delete(Job).where(Job.id > last, Job.kind == "mail"))
    return sum(told)


def _day(value: date | int, at: datetime) -> datetime:
    """A date of the files as a moment; a number counts days from now."""
    return moment(value) if isinstance(value, date) else at + timedelta(days=value)


def _person(session: Session, email: str) -> Person:
    return session.scalars(select(Person).where(Person.email == email)).one()


def _actor(session: Session, email: str) -> Actor:
    return _person(session, email).as_actor()


def _theme(session: Session, lessons: Sequence[str]) -> Theme | None:
    """The theme in which most of these lessons stand."""
    query = (
        select(ThemeMember.theme_id)
        .join(Lesson, Lesson.id == ThemeMember.object_id)
        .where(ThemeMember.kind == Kind.lesson, Lesson.external_id.in_(lessons))
    )
    found = Counter(session.scalars(query)).most_common(1)
    return session.get_one(Theme, found[0][0]) if found else None


def _review(session: Session, text: Mapping[str, Any], at: datetime) -> int:
    held = _day(text["held"], at)
    by = _actor(session, text["people"][0])
    themes = {place: _theme(session, item["lessons"]) for place, item in enumerate(text["item"])}
    items = {theme.id: text["item"][place] for place, theme in themes.items() if theme}
    if not items:
        return 0
    values = {"title": text["title"], "starts_at": held, "place": text["place"]}
    values |= {name: text[name] for name in ("period_from", "period_to") if name in text}
    people = [_person(session, email).id for email in text["people"]]
    row = reviews.plan(session, values, list(items), people, by=by, at=held - PLANNED)
    for email in text["people"]:
        given = {item.id: items[item.theme_id]["votes"].get(email, 0) for item in row.items}
        room.vote(session, row, given, by=_actor(session, email), at=held - VOTED)
    reviews.move(session, row, ReviewState.running, by=by, at=held)
    for item in row.items:
        _decide(session, item, items[item.theme_id], by=by, held=held, at=at)
    reviews.move(
        session, row, ReviewState.closed, by=by, at=held + timedelta(minutes=90),
        summary=text["summary"],
    )  # fmt: skip
    return 1


def _decide(
    session: Session, item: ReviewItem, text: Mapping[str, Any], *, by: Actor, held: datetime,
    at: datetime,
) -> None:  # fmt: skip
    room.take_notes(session, item, text["notes"], by=by, at=held, version=item.notes_version)
    room.decide(
        session, item, Outcome(text["outcome"]), by=by, at=held, reason=text.get("reason", ""),
        until=_day(text["until"], at).date() if "until" in text else None,
    )  # fmt: skip
    if "action" in text:
        _action(session, item, text, by=by, at=at)


def _action(
    session: Session, item: ReviewItem, text: Mapping[str, Any], *, by: Actor, at: datetime
) -> None:
    plan = text["action"]
    owner = _person(session, plan["owner"])
    values = {
        "title": plan["title"], "description": plan["description"], "owner_id": owner.id,
        "due_on": _day(plan["due"], at).date(), "change": ChangeKind(plan["change"]),
        "page_id": _page(session, plan["page"]) if "page" in plan else None,
        "template_id": _template(session, plan["template"]) if "template" in plan else None,
        "measure_on": _day(plan["measured"], at).date(),
    }  # fmt: skip
    answered = session.scalars(select(Lesson.id).where(Lesson.external_id.in_(text["lessons"])))
    row = actions.create(
        session, item.theme, values, by=by, at=_day(plan["planned"], at), item_id=item.id,
        lessons=list(answered),
    )  # fmt: skip
    if "started" in plan:
        actions.start(session, row, by=owner.as_actor(), at=_day(plan["started"], at))
    if "done" in plan:
        _finish(session, row, by=owner.as_actor(), at=_day(plan["done"], at))


def _finish(session: Session, row: Action, *, by: Actor, at: datetime) -> None:
    """Finish an action by what has come out of its page since it began."""
    found = releases.since_start(session, row)
    if found:
        one = found[-1]  # the first that came out
        actions.finish(session, row, one.evidence, by=by, at=at, in_force_on=one.on)


def _page(session: Session, path: str) -> int:
    book, _, slug = path.partition("/")
    query = select(Page.id).join(Playbook, Playbook.id == Page.playbook_id)
    return session.scalars(query.where(Playbook.slug == book, Page.slug == slug)).one()


def _template(session: Session, slug: str) -> int:
    return session.scalars(select(Template.id).where(Template.slug == slug)).one()
