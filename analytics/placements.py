"""Which texts stand in which theme, as far as a person reads them whole.

Everything that a page, an export or a review says about themes is counted over these: what a
person may not read whole does not count for them. A restricted lesson's sanitised text is no
exception, because the theme that it stands in would tell what it keeps back.
"""

from sqlalchemy import ColumnElement, Select, Subquery, select, true, union_all

from analytics.models import Theme, ThemeMember
from content.access import Action, can, lessons_whole_to
from content.models import PUBLIC_STATES, Issue, Lesson
from content.types import Actor, Kind


def of_lessons(by: Actor) -> Select[ThemeMember, Lesson]:
    """The placed lessons that `by` reads whole, each with its place."""
    return (
        select(ThemeMember, Lesson)
        .join(Lesson, Lesson.id == ThemeMember.object_id)
        .where(ThemeMember.kind == Kind.lesson, Lesson.state.in_(PUBLIC_STATES))
        .where(lessons_whole_to(by))
    )


def of_issues(by: Actor) -> Select[ThemeMember, Issue]:
    """The placed issues, each with its place; whoever reads themes reads issues."""
    return (
        select(ThemeMember, Issue)
        .join(Issue, Issue.id == ThemeMember.object_id)
        .where(ThemeMember.kind == Kind.issue)
    )


def seen_by(by: Actor) -> Subquery:
    """Each text that `by` reads: `theme_id`, `kind`, `object_id`, `project_id`."""
    place = (ThemeMember.theme_id, ThemeMember.kind, ThemeMember.object_id)
    return union_all(
        of_lessons(by).with_only_columns(*place, Lesson.project_id),
        of_issues(by).with_only_columns(*place, Issue.project_id),
    ).subquery("seen")


def themes_visible_to(by: Actor) -> ColumnElement[bool]:
    """The filter of themes that `by` may know of: a text of them is open to them.

    Those who run themes read every text, and see those as well that lost theirs.
    """
    if can(by, Action.theme_run):
        return true()
    return Theme.id.in_(select(seen_by(by).c.theme_id))
