"""Which texts stand in which theme, as far as a person reads them whole.

Everything that a page, an export or a review says about themes is counted over these: what a
person may not read whole does not count for them. A restricted lesson's sanitised text is no
exception, because the theme that it stands in would tell what it keeps back.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, Select, Subquery, delete, or_, select, true, union_all
from sqlalchemy.orm import Session, aliased

from analytics.models import Theme, ThemeAside, ThemeMember, ThemePin
from analytics.texts import name_of, of_name
from content.access import Action, can, lessons_whole_to
from content.db import aside
from content.models import PUBLIC_STATES, Issue, Lesson
from content.types import Actor, Kind

# Where texts stand: in a theme, or beside all of them.
Place = type[ThemeMember] | type[ThemeAside]


def of_lessons(by: Actor, place: Place = ThemeMember) -> Select[Any, Lesson]:
    """The placed lessons that `by` reads whole, each with its place."""
    in_use = aside(Lesson.state).in_(PUBLIC_STATES)
    return (
        select(place, Lesson)
        .join(Lesson, Lesson.id == place.object_id)
        .where(place.kind == Kind.lesson, in_use, lessons_whole_to(by))
    )


def of_issues(by: Actor, place: Place = ThemeMember) -> Select[Any, Issue]:
    """The placed issues, each with its place; whoever reads themes reads issues."""
    return (
        select(place, Issue)
        .join(Issue, Issue.id == place.object_id)
        .where(place.kind == Kind.issue)
    )


def seen_by(by: Actor) -> Subquery:
    """Each text in a theme that `by` reads: `theme_id`, `kind`, `object_id`, `project_id`."""
    place = (ThemeMember.theme_id, ThemeMember.kind, ThemeMember.object_id)
    return union_all(
        of_lessons(by).with_only_columns(*place, Lesson.project_id),
        of_issues(by).with_only_columns(*place, Issue.project_id),
    ).subquery("seen")


def aside_seen_by(by: Actor) -> Subquery:
    """Each text that fits no theme and that `by` reads, in the same columns but the theme."""
    place = (ThemeAside.kind, ThemeAside.object_id)
    looked = ThemeAside.looked_at.is_(True)
    return union_all(
        of_lessons(by, ThemeAside).where(looked).with_only_columns(*place, Lesson.project_id),
        of_issues(by, ThemeAside).where(looked).with_only_columns(*place, Issue.project_id),
    ).subquery("aside")


def themes_visible_to(by: Actor) -> ColumnElement[bool]:
    """The filter of themes that `by` may know of: a text of them is open to them.

    Those who run themes read every text, and see those as well that lost theirs.
    """
    return true() if can(by, Action.theme_run) else holds_text_for(by)


def holds_text_for(by: Actor) -> ColumnElement[bool]:
    """The filter of themes of which `by` reads a text; the first one found is enough."""
    here = ThemeMember.theme_id == Theme.id
    return or_(of_lessons(by).where(here).exists(), of_issues(by).where(here).exists())


def heirs_visible_to(by: Actor) -> Select[int]:
    """The numbers of themes that `by` may know of, and of those that were merged into them."""
    known = select(Theme.id).where(themes_visible_to(by)).cte(recursive=True)
    into = aliased(Theme)
    known = known.union(select(into.id).join(known, into.merged_into_id == known.c.id))
    return select(known.c.id)


def held(session: Session) -> dict[str, int | None]:
    """The theme of every text that a run has placed, also of those that it did not look at.

    None where a text fits none. A text that was not looked at while its theme was merged stands in
    the one that holds its texts now. For the portal's own work: nobody's view.
    """
    found: dict[str, int | None] = {}
    into = merged(session)
    for place in (ThemeAside, ThemeMember):
        query = select(place.kind, place.object_id, place.theme_id)
        found |= {
            name_of(kind, number): into.get(theme_id or 0, theme_id)
            for kind, number, theme_id in session.execute(query)
        }
    return found


def merged(session: Session) -> dict[int, int]:
    """Of each theme that was merged into another, the one that holds its texts by now."""
    themes = session.scalars(select(Theme)).all()  # all are here: nothing more is read for heirs
    return {theme.id: theme.heir.id for theme in themes if theme.merged_into_id is not None}


def out(session: Session) -> list[str]:
    """The texts that people took out of all themes."""
    query = select(ThemePin.kind, ThemePin.object_id).where(ThemePin.theme_id.is_(None))
    return [name_of(kind, number) for kind, number in session.execute(query)]


def theme_of(session: Session, kind: Kind, number: int) -> int | None:
    """The theme that a text stands in, whoever may read it."""
    at = (ThemeMember.kind == kind, ThemeMember.object_id == number)
    return session.scalars(select(ThemeMember.theme_id).where(*at)).first()


def left_over(session: Session) -> set[tuple[Kind, int]]:
    """The texts that the newest run looked at and that fit no theme."""
    query = select(ThemeAside.kind, ThemeAside.object_id).where(ThemeAside.looked_at.is_(True))
    return {(kind, number) for kind, number in session.execute(query)}


def clear(session: Session) -> None:
    """Forget where texts stand."""
    session.execute(delete(ThemeMember))
    session.execute(delete(ThemeAside))


def put_aside(session: Session, texts: Mapping[str, int | None]) -> None:
    """Note texts that fit no theme (None), or that stood in a theme and were not looked at."""
    for name, theme_id in sorted(texts.items()):
        kind, number = of_name(name)
        session.add(
            ThemeAside(kind=kind, object_id=number, theme_id=theme_id, looked_at=theme_id is None)
        )


def place(session: Session, kind: Kind, number: int, theme_id: int | None) -> set[int]:
    """Put one text into a theme, or with None out of all; answers the themes that this touches."""
    at = (ThemeMember.kind == kind, ThemeMember.object_id == number)
    member = session.scalars(select(ThemeMember).where(*at)).first()
    touched = {member.theme_id} if member is not None else set()
    session.execute(
        delete(ThemeAside).where(ThemeAside.kind == kind, ThemeAside.object_id == number)
    )
    if theme_id is None:
        if member is not None:
            session.delete(member)
        put_aside(session, {name_of(kind, number): None})
        session.flush()
        return touched
    if member is None:
        member = ThemeMember(kind=kind, object_id=number, score=0.0, rank=0)
        session.add(member)
    member.theme_id = theme_id
    session.flush()
    return touched | {theme_id}
