"""Whom to remind of which action: before it is due, each week that it is late, and on the day on
which its effect is looked at. What went out is written down, so that nothing goes out twice.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from analytics.review_models import OPEN, Action, ActionReminder, ActionState, Reminded
from content.models import Person

WEEK = timedelta(days=7)
# From this week of being late on, whoever planned the action is told as well.
PLANNER_FROM = 2


@dataclass(frozen=True, slots=True)
class Reminder:
    """One action that somebody is reminded of, and the day that it is about."""

    action: Action
    kind: Reminded
    day: date


def due(session: Session, *, today: date, days: int) -> list[Reminder]:
    """What has to go out today and has not yet; `days` before the due day comes the first."""
    found = [
        one
        for row in _rows(session, today, days)
        for one in (_reminder(row, today),)
        if one is not None
    ]
    query = select(ActionReminder.action_id, ActionReminder.kind, ActionReminder.day)
    sent = {tuple(row) for row in session.execute(query)}
    return [one for one in found if (one.action.id, one.kind, one.day) not in sent]


def _rows(session: Session, today: date, days: int) -> Sequence[Action]:
    soon = Action.state.in_(OPEN) & (Action.due_on <= today + timedelta(days=days))
    measured = (Action.state == ActionState.done) & (Action.measure_on <= today)
    query = select(Action).where(soon | measured & Action.looked_at.is_(None))
    people = (joinedload(Action.owner), joinedload(Action.by), joinedload(Action.theme))
    return session.scalars(query.options(*people).order_by(Action.due_on, Action.id)).all()


def _reminder(row: Action, today: date) -> Reminder | None:
    if row.state is ActionState.done:
        return Reminder(row, Reminded.effect, row.measure_on) if row.measure_on else None
    if row.due_on is None:
        return None
    if row.due_on >= today:
        return Reminder(row, Reminded.due, row.due_on)
    return Reminder(row, Reminded.overdue, row.due_on + WEEK * weeks_late(row, today))


def weeks_late(row: Action, today: date) -> int:
    """Whole weeks since the first day on which an action was late."""
    return ((today - row.due_on).days - 1) // 7 if row.due_on else 0


def people_for(one: Reminder, *, today: date) -> list[Person]:
    """Who is told: the owner; the planner too when it is late for long, and of the effect."""
    late = one.kind is Reminded.overdue and weeks_late(one.action, today) >= PLANNER_FROM
    every = [one.action.owner, one.action.by if late or one.kind is Reminded.effect else None]
    found = {person.id: person for person in every if person is not None and person.active}
    return list(found.values())


def remember(session: Session, told: Iterable[Reminder], *, at: datetime) -> None:
    """Write down what went out."""
    for one in told:
        session.add(ActionReminder(action_id=one.action.id, kind=one.kind, day=one.day, sent_at=at))
        if one.kind is Reminded.effect:
            one.action.looked_at = at
    session.flush()
