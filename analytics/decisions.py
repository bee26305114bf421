"""What people decide about themes. Each decision is a row with who, when and why; it holds in later
runs, because runs leave names, pinned texts and dismissed themes alone; and it can be undone.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, joinedload

from analytics import placements
from analytics.catalogue import newest
from analytics.models import DecisionKind, Stage, Theme, ThemeDecision, ThemeState
from analytics.pinning import Text, as_json, put, texts_of
from content import activity
from content.access import Action, can, require
from content.errors import Conflict, Invalid, NotFound
from content.models import Person
from content.types import Actor

NAME_MOST, TEXT_MOST = 200, 5_000


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
    _require_shown(theme)
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
    texts = texts_of(session, theme)
    theme.merged_into_id = into.id
    detail = {"into": into.id}
    found = _note(session, theme, DecisionKind.merge, detail, {}, reason, by, at)
    put(session, texts, into, found)
    return found


def keep_apart(
    session: Session, theme: Theme, other: Theme, *, by: Actor, at: datetime, reason: str = ""
) -> ThemeDecision:
    """Say that two themes are not one: later runs do not suggest it again."""
    detail = {"other": other.id}
    return _note(session, theme, DecisionKind.apart, detail, {}, reason, by, at)


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
    held = set(texts_of(session, theme))
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
    detail = {"made": made.id, "texts": as_json(moved)}
    found = _note(session, theme, DecisionKind.split_, detail, {}, reason, by, at)
    put(session, moved, made, found)
    return found


def move(
    session: Session,
    theme: Theme,
    texts: Sequence[Text],
    into: Theme | None,
    *,
    by: Actor,
    at: datetime,
    reason: str = "",
) -> ThemeDecision:
    """Put texts of `theme` into another theme, or with None out of all; they stay there.

    With `into` the theme itself they are pinned where they are.

    Raises:
        Invalid: no text is chosen. Conflict: the theme does not hold one of them.
    """
    if not texts:
        raise Invalid("Choose the texts first.", {"text": "Choose the texts first."})
    if not set(texts) <= set(texts_of(session, theme)):
        raise Conflict("One of these texts stands elsewhere by now; look again.")
    if into is not None:
        _require_shown(into)
    kind = DecisionKind.pin if into is theme else DecisionKind.move
    detail = {"into": into.id if into else None, "texts": as_json(texts)}
    found = _note(session, theme, kind, detail, {}, reason, by, at)
    put(session, texts, into, found)
    return found


def pin(
    session: Session,
    into: Theme,
    texts: Sequence[Text],
    *,
    by: Actor,
    at: datetime,
    reason: str = "",
) -> ThemeDecision:
    """Put texts that fit no theme into one; they stay there.

    Raises:
        Invalid: no text is chosen. Conflict: one of them stands in a theme, or nowhere.
    """
    if not texts:
        raise Invalid("Choose the texts first.", {"text": "Choose the texts first."})
    _require_shown(into)
    if not set(texts) <= placements.left_over(session):
        raise Conflict("One of these texts stands elsewhere by now; look again.")
    detail = {"into": into.id, "texts": as_json(texts)}
    found = _note(session, into, DecisionKind.pin, detail, {}, reason, by, at)
    put(session, texts, into, found)
    return found


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


# Reads ----------------------------------------------------------------------------------------


def of_theme(session: Session, theme: Theme, *, by: Actor) -> Sequence[ThemeDecision]:
    """The decisions about a theme, the newest first.

    Who decides finds those about other themes too that brought texts here: there they are undone.
    """
    require(by, Action.theme_read)
    here = ThemeDecision.theme_id == theme.id
    if can(by, Action.theme_run):
        arrived = (ThemeDecision.detail[key].as_integer() == theme.id for key in ("into", "made"))
        here = or_(here, *arrived)
    query = select(ThemeDecision).where(here).options(joinedload(ThemeDecision.by))
    return session.scalars(query.order_by(ThemeDecision.id.desc())).all()


def titles(
    session: Session, rows: Sequence[ThemeDecision], known: Sequence[Theme], *, by: Actor
) -> Mapping[int, str]:
    """What the themes are called that decisions are about; nothing for who decides nothing.

    Those that are not among the `known` are read.
    """
    if not can(by, Action.theme_run):
        return {}
    named = {row.detail.get(key) for row in rows for key in ("into", "made", "other")}
    named |= {row.theme_id for row in rows}
    missing = named - {None} - {theme.id for theme in known}
    read = session.scalars(select(Theme).where(Theme.id.in_(missing))) if missing else ()
    return {theme.id: theme.title for theme in (*known, *read)}


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
