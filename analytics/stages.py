"""How far the organisation has come with a theme, as its actions and their effects say.

The stage follows by itself: confirmed when a review adopts it or an action is planned, in action
when one starts, monitoring when the last of them is done. On the day on which an effect is looked
at, and after every theme run from then on (not every day: who looks often enough sees something),
a theme becomes

- closed when the rate among projects that started after the change is lower than before it,
  the interval of their ratio below 1;
- recurred when it is higher than before; or, once closed, when it is higher among the projects
  that were closed since then than it was among those that closed it.

Each such move is a decision of the portal with its reason. People see it, take it back, or set
another stage; what they took back is not done again.
"""

from collections.abc import Collection, Sequence
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from analytics import decisions, effects
from analytics.effects import Record
from analytics.models import DecisionKind, Stage, Theme, ThemeDecision
from analytics.review_models import Action, ActionState
from analytics.trends import Effect, Reading, effect
from content.types import ANYBODY, SYSTEM


def follow(session: Session, row: Action, why: str, *, at: datetime) -> None:
    """Move the theme of an action on, after a step of the action."""
    states = session.scalars(select(Action.state).where(Action.theme_id == row.theme_id)).all()
    wanted = stage_of(row.theme.stage, states)
    if wanted is not row.theme.stage:
        _set(session, row.theme, wanted, why, at=at)


def stage_of(now: Stage, states: Collection[ActionState]) -> Stage:
    """The stage of a theme whose actions stand at `states`."""
    if ActionState.in_progress in states:
        return Stage.in_action
    ended = (Stage.monitoring, Stage.closed, Stage.recurred)
    if ActionState.done in states:
        return now if now in ended else Stage.monitoring
    if now is Stage.proposed and ActionState.planned not in states:
        return now
    return now if now in (Stage.closed, Stage.recurred) else Stage.confirmed


def adopted(session: Session, theme: Theme, *, at: datetime) -> None:
    """Confirm a theme that a review adopts; which one, only those know who may read it."""
    _set(session, theme, Stage.confirmed, "A review adopts it.", at=at)


def finished(session: Session, row: Action, *, at: datetime) -> None:
    """Watch the theme from now on, unless another action against it still runs."""
    states = session.scalars(select(Action.state).where(Action.theme_id == row.theme_id)).all()
    if ActionState.in_progress not in states and row.theme.stage is not Stage.monitoring:
        _set(session, row.theme, Stage.monitoring, f"“{row.title}” is done.", at=at)


# By the effect --------------------------------------------------------------------------------


def look(session: Session, known: Record, row: Action, *, at: datetime) -> Stage | None:
    """Move a theme by the effect of an action whose day has come; answers where to, if anywhere.

    Counted is what everybody may read, because everybody sees the stage.
    """
    theme, day = row.theme, row.changed_on
    if day is None or row.measure_on is None or at.date() < row.measure_on:
        return None
    if theme.stage is Stage.monitoring:
        found = effects.outcome(known, row)
        wanted = _by_effect(found.effect) if found else None
        why = f"By the effect of “{row.title}”: {found.effect.sentence}." if found else ""
    elif theme.stage is Stage.closed:
        since = _closed_on(session, theme)
        again = _since(known, row, day, since) if since else None
        wanted = Stage.recurred if again and again.reading is Reading.more else None
        why = f"Among projects closed since {since}: {again.sentence}." if again else ""
    else:
        return None
    if wanted is None or _was_taken_back(session, row, wanted):
        return None
    _set(session, theme, wanted, why, at=at)
    return wanted


def look_again(session: Session, *, at: datetime, first: bool = False) -> int:
    """Look at every effect whose day has come, or at those that nobody looked at yet (`first`);
    answers how many themes moved.
    """
    rows = [row for row in _due(session, at.date()) if not first or row.looked_at is None]
    if not rows:
        return 0
    known = effects.record(session, by=ANYBODY)
    return sum(look(session, known, row, at=at) is not None for row in rows)


def _due(session: Session, today: date) -> Sequence[Action]:
    """Of each watched or closed theme, the action that came into force last."""
    query = (
        select(Action)
        .join(Theme, Theme.id == Action.theme_id)
        .where(
            Action.state == ActionState.done,
            Action.measure_on <= today,
            Theme.stage.in_((Stage.monitoring, Stage.closed)),
        )
    )
    last = {
        row.theme_id: row
        for row in sorted(session.scalars(query), key=lambda row: (row.changed_on, row.id))
    }
    return list(last.values())


def _by_effect(found: Effect) -> Stage | None:
    return {Reading.less: Stage.closed, Reading.more: Stage.recurred}.get(found.reading)


def _since(known: Record, row: Action, day: date, closed: date) -> Effect:
    """The rate among projects closed after a theme was closed over the rate that closed it."""
    hit = known.hit_by(row.theme_id)
    after = [
        p
        for p in known.projects
        if effects.is_measured(row, p) and p.starts_on is not None and p.starts_on > day
    ]
    first = [p for p in after if p.closed_on and p.closed_on <= closed]
    later = [p for p in after if p.closed_on and p.closed_on > closed]
    return effect(
        sum(p.id in hit for p in first), len(first), sum(p.id in hit for p in later), len(later)
    )


def _decided(session: Session, theme: Theme, stage: Stage) -> list[ThemeDecision]:
    query = select(ThemeDecision).where(
        ThemeDecision.theme_id == theme.id, ThemeDecision.kind == DecisionKind.stage
    )
    rows = session.scalars(query.order_by(ThemeDecision.id.desc()))
    return [row for row in rows if row.detail.get("stage") == stage.value]


def _closed_on(session: Session, theme: Theme) -> date | None:
    found = [row for row in _decided(session, theme, Stage.closed) if row.undone_at is None]
    return found[0].at.date() if found else None


def _was_taken_back(session: Session, action: Action, stage: Stage) -> bool:
    """Whether somebody took the portal's last move to this stage back since the action is done."""
    mine = [row for row in _decided(session, action.theme, stage) if row.by_id is None]
    return (
        bool(mine)
        and mine[0].undone_at is not None
        and action.done_at is not None
        and mine[0].at >= action.done_at
    )


def _set(session: Session, theme: Theme, stage: Stage, why: str, *, at: datetime) -> None:
    decisions.set_stage(session, theme, stage, by=SYSTEM, at=at, reason=why)
