"""Taking decisions about themes back: each puts back what was before it, and what a later decision
has changed since stays.
"""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from analytics import placements
from analytics.models import DecisionKind, Stage, Theme, ThemeDecision, ThemeState
from analytics.pinning import Text, count_again, of_json, pin_of
from content import activity
from content.access import Action, require
from content.errors import Conflict
from content.types import Actor, Kind


def undo(session: Session, decision: ThemeDecision, *, by: Actor, at: datetime) -> None:
    """Take a decision back.

    Raises:
        Conflict: it is undone already, or a later one stands on it.
    """
    require(by, Action.theme_run)
    if decision.undone_at is not None:
        raise Conflict("This decision is undone already.")
    theme = session.get_one(Theme, decision.theme_id)
    _TAKE_BACK[decision.kind](session, theme, decision)
    decision.undone_at = at
    session.flush()
    activity.record(
        session, "theme", theme.id, f"undo {decision.kind}", by=by, at=at,
        detail={"decision": decision.id},
    )  # fmt: skip


def _back_values(session: Session, theme: Theme, decision: ThemeDecision) -> None:
    """Set what the decision set to what the one before it says, unless a later one changed it."""
    values = {name: getattr(theme, name) for name in decision.before}
    if any((value or "") != (decision.detail.get(name) or "") for name, value in values.items()):
        return
    query = select(ThemeDecision).where(
        ThemeDecision.theme_id == theme.id, ThemeDecision.kind == decision.kind
    )
    rows = session.scalars(query.order_by(ThemeDecision.id)).all()
    standing = [row for row in rows if row.undone_at is None and row is not decision]
    back = standing[-1].detail if standing else rows[0].before
    for name in decision.before:
        value = back.get(name) or None
        setattr(theme, name, Stage(str(value)) if name == "stage" else value)
    theme.note = theme.note or ""


def _back_dismissal(_session: Session, theme: Theme, _decision: ThemeDecision) -> None:
    theme.dismissed_at = None


def _back_texts(session: Session, theme: Theme, decision: ThemeDecision) -> None:
    """Put the texts of the decision back to where they stood, under the decision of then."""
    if decision.kind is DecisionKind.merge:
        theme.merged_into_id = None
    touched: set[int] = {theme.id}
    for text in _stood(decision):
        pin = pin_of(session, text)
        if pin is None or pin.decision_id != decision.id:
            continue  # a later decision put it elsewhere, and that one stands
        back, by_decision = _before(session, decision, text)
        if by_decision is None:
            session.delete(pin)
        else:
            pin.theme_id, pin.decision_id = back, by_decision
        touched |= placements.place(session, *text, _merged_into(session, back))
    count_again(session, touched)
    for found in (session.get_one(Theme, theme_id) for theme_id in touched):
        if found.size:
            found.state = ThemeState.current
        elif found.id in (theme.id, decision.detail.get("made")):
            found.state = ThemeState.gone


def _stood(decision: ThemeDecision) -> dict[Text, tuple[int | None, int | None]]:
    """Of each text of a decision, the theme that it stood in, and by which decision."""
    if "stood" not in decision.before:  # as decisions were noted at first
        rows = decision.detail.get("texts") or decision.before.get("texts") or []
        return dict.fromkeys(of_json(rows), (decision.theme_id, None))
    return {
        (Kind(kind), int(number)): (theme_id, by_decision)
        for kind, number, theme_id, by_decision in decision.before["stood"]
    }


def _before(session: Session, decision: ThemeDecision, text: Text) -> tuple[int | None, int | None]:
    """Where a text goes when `decision` is undone; decisions undone meanwhile are passed over."""
    theme_id, earlier = _stood(decision)[text]
    while earlier is not None:
        row = session.get_one(ThemeDecision, earlier)
        if row.undone_at is None:
            return theme_id, earlier
        theme_id, earlier = _stood(row)[text]
    return theme_id, None


def _merged_into(session: Session, theme_id: int | None) -> int | None:
    """The theme that holds the texts of a theme by now."""
    while theme_id is not None:
        into = session.get_one(Theme, theme_id).merged_into_id
        if into is None:
            break
        theme_id = into
    return theme_id


def _back_nothing(_session: Session, _theme: Theme, _decision: ThemeDecision) -> None:
    """What was kept apart may be suggested again: there is nothing to put back."""


_TAKE_BACK = {
    DecisionKind.rename: _back_values,
    DecisionKind.note: _back_values,
    DecisionKind.stage: _back_values,
    DecisionKind.dismiss: _back_dismissal,
    DecisionKind.merge: _back_texts,
    DecisionKind.split_: _back_texts,
    DecisionKind.move: _back_texts,
    DecisionKind.pin: _back_texts,
    DecisionKind.apart: _back_nothing,
}
