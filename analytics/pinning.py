"""Texts that people put somewhere: moved, pinned for later runs, and where they stood before."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from analytics import placements
from analytics.models import Theme, ThemeDecision, ThemeMember, ThemePin
from content.models import Issue, Lesson
from content.types import Kind

# A text as people name it: what it is, and its number.
Text = tuple[Kind, int]


def texts_of(session: Session, theme: Theme) -> list[Text]:
    """The texts of a theme, the most typical first, whoever may read them."""
    query = select(ThemeMember.kind, ThemeMember.object_id).where(ThemeMember.theme_id == theme.id)
    return [(kind, number) for kind, number in session.execute(query.order_by(ThemeMember.rank))]


def as_json(texts: Iterable[Text]) -> list[list[Any]]:
    """Texts as a decision notes them."""
    return [[kind.value, number] for kind, number in texts]


def of_json(texts: Iterable[Sequence[Any]]) -> list[Text]:
    """What `as_json` noted."""
    return [(Kind(kind), int(number)) for kind, number in texts]


def put(
    session: Session, texts: Sequence[Text], into: Theme | None, decision: ThemeDecision
) -> None:
    """Move the texts now, and pin them so that runs leave them there.

    Where each stood, and by which decision, is kept with the decision.
    """
    touched: set[int] = set()
    stood = []
    for kind, number in texts:
        pin = pin_of(session, (kind, number))
        before = placements.theme_of(session, kind, number)
        stood.append([kind.value, number, before, pin.decision_id if pin else None])
        pin = pin or ThemePin(kind=kind, object_id=number)
        pin.theme_id, pin.decision_id = into.id if into else None, decision.id
        session.add(pin)
        touched |= placements.place(session, kind, number, into.id if into else None)
    decision.before = {**decision.before, "stood": stood}
    count_again(session, touched)


def pin_of(session: Session, text: Text) -> ThemePin | None:
    """What holds a text where it is, or None."""
    at = (ThemePin.kind == text[0], ThemePin.object_id == text[1])
    return session.scalars(select(ThemePin).where(*at)).first()


def count_again(session: Session, theme_ids: Iterable[int]) -> None:
    """Rank the texts of themes anew, and count them and their projects."""
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
