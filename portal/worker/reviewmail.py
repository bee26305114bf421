"""One mail a day to each reviewer about what waits too long; an item is named once a week."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from content import jobs, review_queue, validation
from content.access import Action, can
from content.models import Person
from content.review_queue import Item
from content.types import SYSTEM, Role
from portal.runtime import Runtime

# Items that a mail names; the rest are counted.
SHOWN = 20


def tell_reviewers(runtime: Runtime, at: datetime) -> int:
    """Put the reminders into the outbox, and remember what they named; answers how many mails."""
    days = runtime.settings.review_days
    with runtime.database.writing() as session:
        late = review_queue.overdue(session, at=at, days=days)
        told = _by_person(validation.reviewers(session), late)
        for person, items in told:
            jobs.enqueue(session, "mail", _mail(person, items, days, at), by=SYSTEM, at=at)
        named = {item.key: item for _, items in told for item in items}
        review_queue.remember(session, list(named.values()), at=at)
    return len(told)


def _by_person(people: Sequence[Person], late: Sequence[Item]) -> list[tuple[Person, list[Item]]]:
    """Who is reminded of what: the one who has taken it on, else all who review.

    Administrators are asked only where nobody else reviews, or where it is theirs.
    """
    reviewers = [p for p in people if p.role is Role.reviewer] or list(people)
    holders = {person.id for person in people}
    found = []
    for person in people:
        mine = [
            item
            for item in late
            if _may(person, item)
            and (
                item.lesson.reviewer_id == person.id
                or (item.lesson.reviewer_id not in holders and person in reviewers)
            )
        ]
        if mine:
            found.append((person, mine))
    return found


def _may(person: Person, item: Item) -> bool:
    """Nobody is reminded of what they wrote themselves."""
    actor = person.as_actor()
    if item.change is not None:
        return can(actor, Action.change_decide, item.change)
    return can(actor, Action.lesson_decide, item.lesson)


def _mail(person: Person, items: Sequence[Item], days: int, at: datetime) -> Mapping[str, Any]:
    return {
        "template": "reviewdue", "to": person.email, "name": person.name, "days": days,
        "count": len(items), "more": max(0, len(items) - SHOWN),
        "items": [
            {
                "headline": " ".join(item.lesson.headline.split()), "days": item.days(at),
                "mine": item.lesson.reviewer_id == person.id, "path": path_of(item),
            }
            for item in items[:SHOWN]
        ],
    }  # fmt: skip


def path_of(item: Item) -> str:
    """Where it is decided."""
    if item.change is not None:
        return f"/lessons/{item.lesson.id}/changes/{item.change.id}"
    return f"/lessons/{item.lesson.id}/review"
