"""Which lessons and themes a playbook page or a template answers, through the actions about it;
and, the other way round, what came of a lesson.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session, joinedload, lazyload

from analytics import placements
from analytics.models import Theme
from analytics.review_models import Action, ActionLesson, ActionState
from content.access import Action as Can
from content.access import lessons_whole_to, require
from content.models import PUBLIC_STATES, Lesson, Page, Template
from content.types import Actor


@dataclass(frozen=True, slots=True)
class Answered:
    """The actions about a page or template that a reader sees, their themes and lessons."""

    actions: Sequence[Action]
    themes: Sequence[Theme]
    lessons: Sequence[Lesson]


def of_page(session: Session, page: Page, *, by: Actor) -> Answered:
    """What a playbook page answers."""
    return _of(session, Action.page_id == page.id, by)


def of_template(session: Session, template: Template, *, by: Actor) -> Answered:
    """What a template answers."""
    return _of(session, Action.template_id == template.id, by)


def of_lesson(session: Session, lesson: Lesson, *, by: Actor) -> Sequence[Action]:
    """The actions that answer a lesson, for who reads it whole."""
    require(by, Can.theme_read)
    query = (
        select(Action)
        .join(ActionLesson, ActionLesson.action_id == Action.id)
        .where(
            ActionLesson.lesson_id == lesson.id,
            Action.state != ActionState.cancelled,
            Action.theme_id.in_(placements.heirs_visible_to(by)),
        )
        .options(
            joinedload(Action.page).joinedload(Page.playbook), joinedload(Action.template)
        )
    )  # fmt: skip
    return session.scalars(query.order_by(Action.id)).all()


def _of(session: Session, about: ColumnElement[bool], by: Actor) -> Answered:
    """Themes of which the reader sees no text are not named, and neither are their actions."""
    require(by, Can.theme_read)
    visible = placements.heirs_visible_to(by)
    query = (
        select(Action)
        .where(about, Action.state != ActionState.cancelled, Action.theme_id.in_(visible))
        .options(joinedload(Action.theme), joinedload(Action.owner))
        .order_by(Action.due_on.nulls_last(), Action.id)
    )
    actions = session.scalars(query).all()
    lessons = lessons_of(session, [row.id for row in actions], by=by)
    themes = {row.theme.heir.id: row.theme.heir for row in actions}
    return Answered(actions, list(themes.values()), lessons)


def lessons_of(session: Session, action_ids: Sequence[int], *, by: Actor) -> Sequence[Lesson]:
    """The lessons that these actions answer, as far as `by` reads them whole."""
    if not action_ids:
        return []
    answered = select(ActionLesson.lesson_id).where(ActionLesson.action_id.in_(action_ids))
    query = (
        select(Lesson)
        .where(Lesson.id.in_(answered), Lesson.state.in_(PUBLIC_STATES), lessons_whole_to(by))
        .options(joinedload(Lesson.project), lazyload(Lesson.topic_rows))
    )
    return session.scalars(query.order_by(Lesson.id)).all()
