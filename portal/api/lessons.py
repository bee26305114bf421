"""Lessons: the list, one of them, drafts, changes and steps."""

from typing import Any

from sqlalchemy.orm import Session

from content import applications, lesson_lists, lessons
from content.access import Action, reads_whole
from content.db import now
from content.lesson_lists import LessonFilter
from content.models import (
    Lesson,
)
from content.tokens import TokenScope
from content.types import Actor
from content.workflow import Move
from portal.api import paging
from portal.api.codes import NOWHERE, department_id, project_id
from portal.api.lesson_shapes import (
    EVERY_STEP,
    LessonChange,
    LessonFields,
    LessonInPart,
    LessonPage,
    LessonQuery,
    LessonWhole,
    NewLesson,
    NewMove,
    shown,
)
from portal.api.operations import Reply, address, operation, require_version
from portal.api.schemas import (
    named,
)
from portal.auth import actor
from portal.db import reading, writing

TAG = "Lessons"


def _one(session: Session, lesson: Lesson, by: Actor) -> Reply:
    session.expire(lesson, ["project", "department", "author"])  # a change may have moved it
    whole = reads_whole(by, lesson)
    applied = applications.counts(session, [lesson.id]).get(lesson.id, 0) if whole else 0
    known = {move.value for move in lessons.steps_for(lesson, by=by)}
    moves = [step for step in EVERY_STEP if step in known]
    return Reply(shown(lesson, by, applied=applied, moves=moves), version=lesson.version)


# The operations -------------------------------------------------------------------------------

_LINKS = {
    "read": {"operationId": "get_lesson", "lesson_id": "$response.body#/id"},
    "change": {"operationId": "change_lesson", "lesson_id": "$response.body#/id"},
    "move": {"operationId": "move_lesson", "lesson_id": "$response.body#/id"},
}


@operation(
    "GET", "/lessons", tag=TAG, scope=TokenScope.lessons_read, action=Action.lesson_read,
    query=LessonQuery, answer=LessonPage, paged=True,
)  # fmt: skip
def list_lessons(query: LessonQuery) -> Reply:
    """List lessons.

    The same lessons, filters and orders as on the page of lessons. A restricted lesson that the
    token's person does not read whole comes in its sanitised form, and only while nothing narrows
    the list that this form does not show.
    """
    session, by = reading(), actor()
    wanted = LessonFilter(
        text=query.text.strip(), state=query.state, phase=query.phase, kind=query.kind,
        category=query.category, topic=query.topic, priority=query.priority,
        department_id=department_id(session, query.department_code, NOWHERE),
        project_id=project_id(session, query.project_code, by, NOWHERE),
        author_id=by.id if query.mine else None, sort=query.sort,
    )  # fmt: skip
    rows, total = lesson_lists.listing(
        session, wanted, by=by, offset=query.offset, limit=query.limit
    )
    counts = applications.counts(session, [row.id for row in rows if reads_whole(by, row)])
    items = [shown(row, by, applied=counts.get(row.id, 0)) for row in rows]
    page = LessonPage(items=items, total=total, page=query.page, limit=query.limit)
    return Reply(page, headers=paging.links(query, total))


@operation(
    "POST", "/lessons", tag=TAG, scope=TokenScope.lessons_write, action=Action.lesson_create,
    body=NewLesson, answer=LessonWhole, status=201, links=_LINKS,
)  # fmt: skip
def create_lesson(body: NewLesson) -> Reply:
    """Write a lesson.

    It is a draft of the token's person. Hand it in with the move `submit`.
    """
    by = actor()
    with writing() as unit:
        lesson = lessons.create(unit, _values(unit, body, by), by=by, at=now())
        reply = _one(unit, lesson, by)
    return Reply(
        reply.body, reply.version, headers={"Location": address("get_lesson", lesson_id=lesson.id)}
    )


@operation(
    "GET", "/lessons/{lesson_id}", tag=TAG, scope=TokenScope.lessons_read,
    action=Action.lesson_read, answer=LessonWhole | LessonInPart,
)  # fmt: skip
def get_lesson(lesson_id: int) -> Reply:
    """Read a lesson."""
    session, by = reading(), actor()
    return _one(session, lessons.get(session, lesson_id, by=by), by)


@operation(
    "PATCH", "/lessons/{lesson_id}", tag=TAG, scope=TokenScope.lessons_write,
    action=Action.lesson_edit, body=LessonChange, answer=LessonWhole, match="needed",
)  # fmt: skip
def change_lesson(lesson_id: int, body: LessonChange, version: int | None) -> Reply:
    """Change a lesson.

    Fields that are not named stay. Authors change drafts and returned lessons; reviewers change
    what others wrote.
    """
    by = actor()
    with writing() as unit:
        lesson = lessons.get(unit, lesson_id, by=by)
        require_version(version, lesson.version)
        lessons.edit(unit, lesson, _values(unit, body, by), by=by, at=now())
        return _one(unit, lesson, by)


@operation(
    "POST", "/lessons/{lesson_id}/moves", tag=TAG, scope=TokenScope.lessons_write,
    action=Action.lesson_read, body=NewMove, answer=LessonWhole, match="taken",
)  # fmt: skip
def move_lesson(lesson_id: int, body: NewMove, version: int | None) -> Reply:
    """Take a step of a lesson's life.

    `moves` of the lesson says which steps the token's person may take now. Nobody publishes,
    returns or rejects what they wrote. With `If-Match` the step is taken only if nobody changed
    the lesson since it was read.
    """
    by = actor()
    with writing() as unit:
        lesson = lessons.get(unit, lesson_id, by=by)
        require_version(version, lesson.version)
        lessons.move(unit, lesson, Move(body.move), by=by, at=now(), reason=body.reason)
        return _one(unit, lesson, by)


def _values(session: Session, body: LessonFields, by: Actor) -> dict[str, Any]:
    """The fields as the verbs take them."""
    values = named(body)
    if "project_code" in values:
        values["project_id"] = project_id(session, values.pop("project_code"), by)
    if "department_code" in values:
        values["department_id"] = department_id(session, values.pop("department_code"))
    if "applies_to" in values:
        fits = values.pop("applies_to")
        values["applies_to_types"] = fits.types
        values["applies_to_sizes"] = [size.value for size in fits.sizes]
        values["applies_to_methods"] = [method.value for method in fits.methods]
    return values
