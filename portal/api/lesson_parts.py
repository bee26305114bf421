"""What stands around a lesson: its saved texts, the answers of projects, its occurrences."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import ConfigDict, Field, model_validator
from sqlalchemy.orm import Session

from content import applications, lessons, occurrences
from content.access import Action, require_whole_reader, shows_author
from content.db import now
from content.models import (
    Answer,
    Lesson,
    Phase,
)
from content.tokens import TokenScope
from content.types import Actor
from portal.api import paging
from portal.api.codes import project_id
from portal.api.lessons import TAG
from portal.api.operations import Reply, address, operation
from portal.api.schemas import (
    Body,
    Code,
    Day,
    Days,
    Facts,
    Money,
    Shown,
    Text,
    project_facts,
    require_said,
    says,
)
from portal.auth import actor
from portal.db import reading, writing


class Revision(Shown):
    """The text of a lesson as somebody saved it."""

    number: int
    saved_at: datetime
    author: str | None
    values: dict[str, Any]
    """Field by field, as it was kept."""


class RevisionPage(Facts):
    """The saved texts of a lesson, the newest first."""

    items: list[Revision]


class LessonAnswer(Shown):
    """What a project said to a lesson."""

    project: str
    project_code: str
    answer: Answer
    where: str
    page: str | None
    """The playbook page that it follows."""
    reason: str
    phase: Phase | None
    result: str
    at: datetime


class LessonAnswerPage(Facts):
    """What projects said to a lesson, those that apply it first."""

    items: list[LessonAnswer]


class OccurrenceShown(Shown):
    """“It happened to us too.”"""

    id: int
    project: str | None
    project_code: str | None
    occurred_on: Day | None
    effect: str
    cost: int | None
    days: int | None
    note: str
    at: datetime


class OccurrencePage(Facts):
    """The occurrences of a lesson, the newest first."""

    items: list[OccurrenceShown]


class NewOccurrence(Body):
    """One more time that it happened; names a project, or says what it did."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"note": "The same seal, in the second pump.", "days": 3}],
            "anyOf": [says(name) for name in ("project_code", "effect", "note")],
        }
    )

    project_code: Code | None = None
    occurred_on: Day | None = None
    effect: Annotated[Text, Field(max_length=occurrences.TEXT_MOST)] = ""
    cost: Money | None = None
    days: Days | None = None
    note: Annotated[Text, Field(max_length=occurrences.TEXT_MOST)] = ""

    @model_validator(mode="after")
    def _says_something(self) -> "NewOccurrence":
        require_said(self, "project_code", "effect", "note")
        return self


_PLAIN = ("id", "occurred_on", "effect", "cost", "days", "note", "at")


def _whole(session: Session, lesson_id: int, by: Actor) -> Lesson:
    """A lesson that `by` reads whole: what stands around it is for its whole readers only."""
    lesson = lessons.get(session, lesson_id, by=by)
    require_whole_reader(by, lesson)
    return lesson


@operation(
    "GET", "/lessons/{lesson_id}/revisions", tag=TAG, scope=TokenScope.lessons_read,
    action=Action.lesson_read, query=paging.Paged, answer=RevisionPage, paged=True,
)  # fmt: skip
def list_revisions(lesson_id: int, query: paging.Paged) -> Reply:
    """List the saved texts of a lesson."""
    session, by = reading(), actor()
    lesson = lessons.get(session, lesson_id, by=by)
    rows = lessons.revisions(session, lesson, by=by)
    named_author = shows_author(by, lesson)
    items = [
        Revision(
            number=row.number, saved_at=row.saved_at, values=row.values,
            author=row.author.name if row.author and named_author else None,
        )
        for row in paging.slice_of(rows, query)
    ]  # fmt: skip
    page = RevisionPage(items=items, total=len(rows), page=query.page, limit=query.limit)
    return Reply(page, headers=paging.links(query, len(rows)))


@operation(
    "GET", "/lessons/{lesson_id}/applications", tag=TAG, scope=TokenScope.lessons_read,
    action=Action.lesson_read, query=paging.Paged, answer=LessonAnswerPage, paged=True,
)  # fmt: skip
def list_applications(lesson_id: int, query: paging.Paged) -> Reply:
    """List what projects said to a lesson."""
    session, by = reading(), actor()
    rows = applications.of_lesson(session, _whole(session, lesson_id, by), by=by)
    items = [
        LessonAnswer(
            project=row.project.name, project_code=row.project.code, answer=row.answer,
            where=row.where, page=row.page.title if row.page else None, reason=row.reason,
            phase=row.phase, result=row.result, at=row.at,
        )
        for row in paging.slice_of(rows, query)
    ]  # fmt: skip
    page = LessonAnswerPage(items=items, total=len(rows), page=query.page, limit=query.limit)
    return Reply(page, headers=paging.links(query, len(rows)))


@operation(
    "GET", "/lessons/{lesson_id}/occurrences", tag=TAG, scope=TokenScope.lessons_read,
    action=Action.lesson_read, query=paging.Paged, answer=OccurrencePage, paged=True,
)  # fmt: skip
def list_occurrences(lesson_id: int, query: paging.Paged) -> Reply:
    """List where else it happened."""
    session, by = reading(), actor()
    rows = occurrences.of_lesson(session, _whole(session, lesson_id, by), by=by)
    items = [_occurrence(row) for row in paging.slice_of(rows, query)]
    page = OccurrencePage(items=items, total=len(rows), page=query.page, limit=query.limit)
    return Reply(page, headers=paging.links(query, len(rows)))


@operation(
    "POST", "/lessons/{lesson_id}/occurrences", tag=TAG, scope=TokenScope.lessons_write,
    action=Action.occurrence_write, body=NewOccurrence, answer=OccurrenceShown, status=201,
)  # fmt: skip
def add_occurrence(lesson_id: int, body: NewOccurrence) -> Reply:
    """Say that it happened to another project too."""
    by = actor()
    with writing() as unit:
        lesson = lessons.get(unit, lesson_id, by=by)
        values = {**body.model_dump(exclude={"project_code"})}
        values["project_id"] = project_id(unit, body.project_code, by)
        row = occurrences.add(unit, lesson, values, by=by, at=now())
        where = address("list_occurrences", lesson_id=lesson.id)
        return Reply(_occurrence(row), headers={"Location": where})


def _occurrence(row: Any) -> OccurrenceShown:
    return OccurrenceShown(
        **{name: getattr(row, name) for name in _PLAIN}, **project_facts(row.project)
    )
