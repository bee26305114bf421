"""What people decide about themes. Each decision is a row with who, when and why; it holds in later
runs, because runs leave names, pinned texts and dismissed themes alone; and it can be undone.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from analytics import placements
from analytics.catalogue import newest
from analytics.models import (
    DecisionKind,
    Stage,
    Theme,
    ThemeDecision,
    ThemeMember,
    ThemePin,
    ThemeState,
)
from content import activity
from content.access import Action, require
from content.errors import Conflict, Invalid, NotFound
from content.models import Issue, Lesson, Person
from content.types import Actor, Kind

NAME_MOST, TEXT_MOST = 200, 5_000
# A text as people name it: what it is, and its number.
Text = tuple[Kind, int]


# Deciding -------------------------------------------------------------------------------------


def rename(
    session: Session, theme: Theme, name: str, *, by: Actor, at: datetime, reason: str = ""
) -> ThemeDecision:
    """Give a theme a name; an empty one brings back the phrases of its texts.

    Raises:
        Invalid: the name is too long, or another theme has it.
    """
    name = name.strip()
    if len(name) > NAME_MOST:
        raise Invalid("Please look at the name.", {"name": f"At most {NAME_MOST} characters."})
    taken = select(Theme.id).where(func.lower(Theme.name) == name.lower(), Theme.id != theme.id)
    if name and session.scalars(taken).first() is not None:
        raise Invalid("Please look at the name.", {"name": "Another theme has this name."})
    before = {"name": theme.name}
    theme.name = name or None
    return _note(session, theme, DecisionKind.rename, {"name": name}, before, reason, by, at)


def describe(
    session: Session, theme: Theme, note: str, owner_id: int | None, *, by: Actor, at: datetime
) -> ThemeDecision:
    """Set a theme's note and owner.

    Raises:
        Invalid: the note is too long, or there is no such person.
    """
    if len(note) > TEXT_MOST:
        raise Invalid("Please look at the note.", {"note": f"At most {TEXT_MOST:,} characters."})
    if owner_id is not None and session.get(Person, owner_id) is None:
        raise Invalid("Please look at the owner.", {"owner_id": "Choose a person."})
    before = {"note": theme.note, "owner_id": theme.owner_id}
    theme.note, theme.owner_id = note.strip(), owner_id
    detail = {"note": theme.note, "owner_id": owner_id}
    return _note(session, theme, DecisionKind.note, detail, before, "", by, at)


def set_stage(
    session: Session, theme: Theme, stage: Stage, *, by: Actor, at: datetime, reason: str = ""
) -> ThemeDecision:
    """Say how far the organisation has come with a theme."""
    before = {"stage": theme.stage.value}
    theme.stage = stage
    detail = {"stage": stage.value}
    return _note(session, theme, DecisionKind.stage, detail, before, reason, by, at)


def dismiss(
    session: Session, theme: Theme, *, by: Actor, at: datetime, reason: str
) -> ThemeDecision:
    """Say that a theme is none: it leaves the lists, and later runs do not bring it back.

    Raises:
        Invalid: no reason is given.
    """
    if not reason.strip():
        raise Invalid("Say why it is no theme.", {"reason": "Say why it is no theme."})
    before = {"dismissed": False}
    theme.dismissed_at = at
    return _note(session, theme, DecisionKind.dismiss, {}, before, reason, by, at)


def merge(
    session: Session, theme: Theme, into: Theme, *, by: Actor, at: datetime, reason: str = ""
) -> ThemeDecision:
    """Put all texts of a theme into another.

    Raises:
        Conflict: they are one already, or one of them was taken out.
    """
    for one in (theme, into):
        _require_shown(one)
    if theme.id == into.id:
        raise Conflict("A theme cannot be merged into itself.")
    texts = _texts(session, theme)
    before = {"texts": _as_json(texts), "from": {theme.id: len(texts)}}
    theme.merged_into_id = into.id
    detail = {"into": into.id}
    found = _note(session, theme, DecisionKind.merge, detail, before, reason, by, at)
    _put(session, texts, into, found)
    return found


def split(
    session: Session,
    theme: Theme,
    texts: Sequence[Text],
    name: str,
    *,
    by: Actor,
    at: datetime,
    reason: str = "",
) -> ThemeDecision:
    """Make a theme of its own of some texts of a theme.

    Raises:
        Invalid: no text, or all of them, or no name.
    """
    _require_shown(theme)
    held = set(_texts(session, theme))
    moved = [text for text in dict.fromkeys(texts) if text in held]
    if not moved or len(moved) == len(held):
        raise Invalid("Choose some of the texts, not none and not all.", {"texts": "Choose some."})
    if not name.strip():
        raise Invalid("Give the new theme a name.", {"name": "Give the new theme a name."})
    run = newest(session)
    if run is None:
        raise Conflict("There is no run yet.")
    made = Theme(
        label=name.strip()[:NAME_MOST], terms=[], state=ThemeState.current,
        first_run_id=run.id, last_run_id=run.id,
    )  # fmt: skip
    session.add(made)
    session.flush()
    rename(session, made, name, by=by, at=at)
    detail = {"made": made.id, "texts": _as_json(moved)}
    found = _note(session, theme, DecisionKind.split_, detail, {}, reason, by, at)
    _put(session, moved, made, found)
    return found


def move(
    session: Session,
    theme: Theme,
    text: Text,
    into: Theme | None,
    *,
    by: Actor,
    at: datetime,
    reason: str = "",
) -> ThemeDecision:
    """Put one text of `theme` into another theme, or with None out of all; it stays there.

    Raises:
        NotFound: the theme does not hold the text.
    """
    if text not in _texts(session, theme):
        raise NotFound("This theme does not hold the text.")
    if into is not None:
        _require_shown(into)
    detail = {"into": into.id if into else None, "texts": _as_json([text])}
    found = _note(session, theme, DecisionKind.move, detail, {}, reason, by, at)
    _put(session, [text], into, found)
    return found


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


def _require_shown(theme: Theme) -> None:
    if theme.merged_into_id is not None or theme.dismissed_at is not None:
        raise Conflict("This theme was taken out; undo that first.")


def _note(
    session: Session,
    theme: Theme,
    kind: DecisionKind,
    detail: Mapping[str, Any],
    before: Mapping[str, Any],
    reason: str,
    by: Actor,
    at: datetime,
) -> ThemeDecision:
    require(by, Action.theme_run)
    row = ThemeDecision(
        theme_id=theme.id, kind=kind, detail=dict(detail), before=dict(before),
        reason=reason.strip()[:TEXT_MOST], by_id=by.id, at=at,
    )  # fmt: skip
    session.add(row)
    session.flush()
    activity.record(
        session, "theme", theme.id, kind.value, by=by, at=at, reason=row.reason,
        detail={"decision": row.id, **{k: v for k, v in detail.items() if k != "texts"}},
    )  # fmt: skip
    return row


# Where texts stand ----------------------------------------------------------------------------


def _texts(session: Session, theme: Theme) -> list[Text]:
    query = select(ThemeMember.kind, ThemeMember.object_id).where(ThemeMember.theme_id == theme.id)
    return [(kind, number) for kind, number in session.execute(query.order_by(ThemeMember.rank))]


def _as_json(texts: Iterable[Text]) -> list[list[Any]]:
    return [[kind.value, number] for kind, number in texts]


def _of_json(texts: Iterable[Sequence[Any]]) -> list[Text]:
    return [(Kind(kind), int(number)) for kind, number in texts]


def _put(
    session: Session, texts: Sequence[Text], into: Theme | None, decision: ThemeDecision
) -> None:
    """Move the texts now, and pin them so that runs leave them there."""
    touched: set[int] = set()
    for kind, number in texts:
        pin = session.scalars(
            select(ThemePin).where(ThemePin.kind == kind, ThemePin.object_id == number)
        ).first()
        pin = pin or ThemePin(kind=kind, object_id=number)
        pin.theme_id, pin.decision_id = into.id if into else None, decision.id
        session.add(pin)
        touched |= placements.place(session, kind, number, into.id if into else None)
    _count_again(session, touched)


def _count_again(session: Session, theme_ids: Iterable[int]) -> None:
    for theme_id in theme_ids:
        theme = session.get_one(Theme, theme_id)
        members = session.scalars(
            select(ThemeMember)
            .where(ThemeMember.theme_id == theme_id)
            .order_by(ThemeMember.score.desc(), ThemeMember.id)
        ).all()
        for rank, member in enumerate(members, 1):
            member.rank = rank
        theme.size, theme.projects = len(members), len(_projects(session, theme_id))
    session.flush()


def _projects(session: Session, theme_id: int) -> set[int]:
    found: set[int] = set()
    for kind, table in ((Kind.lesson, Lesson), (Kind.issue, Issue)):
        query = (
            select(table.project_id)
            .join(ThemeMember, ThemeMember.object_id == table.id)
            .where(ThemeMember.kind == kind, ThemeMember.theme_id == theme_id)
        )
        found |= {project for project in session.scalars(query) if project is not None}
    return found


# Undoing --------------------------------------------------------------------------------------


def _back_values(_session: Session, theme: Theme, decision: ThemeDecision) -> None:
    for name, value in decision.before.items():
        setattr(theme, name, Stage(value) if name == "stage" else value)


def _back_dismissal(_session: Session, theme: Theme, _decision: ThemeDecision) -> None:
    theme.dismissed_at = None


def _back_texts(session: Session, theme: Theme, decision: ThemeDecision) -> None:
    """Take the pins of the decision away, and put its texts back into the theme."""
    rows = decision.detail.get("texts") or decision.before.get("texts") or []
    touched: set[int] = {theme.id}
    for kind, number in _of_json(rows):
        at = (ThemePin.kind == kind, ThemePin.object_id == number)
        pin = session.scalars(select(ThemePin).where(*at)).first()
        if pin is None or pin.decision_id != decision.id:
            continue  # a later decision put it elsewhere, and that one stands
        session.delete(pin)
        touched |= placements.place(session, kind, number, theme.id)
    theme.merged_into_id = None
    theme.state = ThemeState.current
    session.flush()
    _count_again(session, touched)
    made = decision.detail.get("made")
    if made is not None and not session.get_one(Theme, made).size:
        session.get_one(Theme, made).state = ThemeState.gone


_TAKE_BACK = {
    DecisionKind.rename: _back_values,
    DecisionKind.note: _back_values,
    DecisionKind.stage: _back_values,
    DecisionKind.dismiss: _back_dismissal,
    DecisionKind.merge: _back_texts,
    DecisionKind.split_: _back_texts,
    DecisionKind.move: _back_texts,
}


# Reads ----------------------------------------------------------------------------------------


def of_theme(session: Session, theme: Theme, *, by: Actor) -> Sequence[ThemeDecision]:
    """The decisions about a theme, the newest first."""
    require(by, Action.theme_read)
    query = (
        select(ThemeDecision)
        .where(ThemeDecision.theme_id == theme.id)
        .options(joinedload(ThemeDecision.by))
    )
    return session.scalars(query.order_by(ThemeDecision.id.desc())).all()


def get(session: Session, decision_id: int, *, by: Actor) -> ThemeDecision:
    """One decision.

    Raises:
        NotFound: there is none.
    """
    require(by, Action.theme_read)
    row = session.get(ThemeDecision, decision_id)
    if row is None:
        raise NotFound("There is no such decision.")
    return row


def taken_out(session: Session, *, by: Actor) -> Sequence[Theme]:
    """The themes that people took out: merged, or said to be none."""
    require(by, Action.theme_run)
    query = select(Theme).where(Theme.dismissed_at.is_not(None) | Theme.merged_into_id.is_not(None))
    return session.scalars(query.order_by(Theme.id.desc())).all()
