"""Mails about actions: what is due, late or to be looked at, once each; and what came out.

On the day on which an effect is looked at the theme moves with it, before the mail is written.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from analytics import effects, releases, reminders, stages
from analytics.reminders import Reminder
from analytics.review_models import Reminded
from content import jobs
from content.db import now
from content.models import Person
from content.types import SYSTEM, Kind
from portal.runtime import Runtime


def tell_owners(runtime: Runtime, at: datetime) -> int:
    """Put one mail for each person with something due into the outbox; answers how many.

    Marking and mail are one unit of work: nobody is told twice, and nothing is lost.
    """
    today, days = at.date(), runtime.settings.action_days
    with runtime.database.writing() as session:
        stages.look_again(session, at=at, first=True)
        due = reminders.due(session, today=today, days=days)
        told = _by_person(due, at)
        for person, mine in told:
            jobs.enqueue(session, "mail", _mail(session, person, mine, at), by=SYSTEM, at=at)
        reminders.remember(session, due, at=at)
    return len(told)


def _by_person(due: Sequence[Reminder], at: datetime) -> list[tuple[Person, list[Reminder]]]:
    found: dict[int, tuple[Person, list[Reminder]]] = {}
    for one in due:
        for person in reminders.people_for(one, today=at.date()):
            found.setdefault(person.id, (person, []))[1].append(one)
    return list(found.values())


def _mail(
    session: Session, person: Person, mine: Sequence[Reminder], at: datetime
) -> Mapping[str, Any]:
    known = None
    if any(one.kind is Reminded.effect for one in mine):
        known = effects.record(session, by=person.as_actor())  # as the one who reads it sees it
    return {
        "template": "actiondue", "to": person.email, "name": person.name, "count": len(mine),
        "items": [_line(person, one, known) for one in mine],
    }  # fmt: skip


def _line(person: Person, one: Reminder, known: effects.Record | None) -> dict[str, Any]:
    row, effect = one.action, ""
    if known is not None and one.kind is Reminded.effect:
        found = effects.outcome(known, row)
        effect = found.effect.sentence if found else ""
    return {
        "title": " ".join(row.title.split()), "theme": row.theme.heir.title, "kind": one.kind.value,
        "due": f"{row.due_on:%d %B %Y}" if row.due_on else "", "effect": effect,
        "owner": row.owner.name if row.owner and row.owner.id != person.id else "",
        "path": f"/actions/{row.id}",
    }  # fmt: skip


def notice_releases(runtime: Runtime, payloads: Sequence[Mapping[str, Any]]) -> None:
    """Tell running actions of the pages and templates that came out."""
    keys = sorted({(Kind(item["kind"]), int(item["id"])) for item in payloads})
    with runtime.database.writing() as session:
        for kind, object_id in keys:
            releases.notice(session, kind, object_id, at=now())
