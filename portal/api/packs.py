"""Start packs: the ranked lessons that a project is asked to answer, and its answers."""

from datetime import datetime
from typing import Annotated

from pydantic import ConfigDict, Field

from analytics import packs
from analytics.packs import Row
from content import applications, lessons, projects
from content.access import Action, require
from content.db import now
from content.errors import Invalid, NotFound
from content.models import Answer, Application, Phase
from content.tokens import TokenScope
from portal import packing
from portal.api import paging
from portal.api.operations import ID_MOST, Reply, address, operation
from portal.api.schemas import WHOLE, Body, Facts, Link, Shown, Text, link
from portal.auth import actor
from portal.db import end_reading, reading, runtime, writing

TAG = "Start packs"


class NewAnswer(Body):
    """What the project says to a lesson."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"lesson_id": 1, "answer": "applied", "where": "Contract, annex 2"}]
        }
    )

    lesson_id: Annotated[int, Field(ge=1, le=ID_MOST), WHOLE]
    answer: Answer
    where: Annotated[Text, Field(max_length=applications.WHERE_MOST)] = ""
    """The plan, contract or habit that the lesson went into."""
    reason: Annotated[Text, Field(max_length=applications.TEXT_MOST)] = ""
    """Needed where it is not applicable."""
    phase: Phase | None = None
    """When a lesson that is put off comes back."""
    result: Annotated[Text, Field(max_length=applications.TEXT_MOST)] = ""
    """What came of it."""
    version: Annotated[int, Field(ge=0, le=ID_MOST), WHOLE] | None = None
    """The version of the answer that this one replaces, 0 where there was none: it is refused if
    somebody else was quicker. Not named, it replaces whatever is there."""


class AnswerShown(Shown):
    """What the project said to a lesson."""

    lesson_id: int
    external_id: str
    headline: str
    answer: Answer
    where: str
    page: str | None
    """The playbook page that it follows."""
    reason: str
    phase: Phase | None
    result: str
    at: datetime
    version: int


class AnswerPage(Facts):
    """The answers of a project, the newest first."""

    items: list[AnswerShown]


class PackLesson(Shown):
    """One lesson of a start pack."""

    rank: int
    lesson_id: int
    external_id: str
    headline: str
    recommendation: str
    reasons: list[str]
    """Why it was chosen, in sentences."""
    alike: list[int]
    """Lessons that say nearly the same, folded under this one."""
    is_due: bool
    """Whether it waits for an answer: there is none, or it was put off to a phase that began."""
    answer: AnswerShown | None
    link: Link


class PackShown(Shown):
    """The start pack of a project, as far as the token's person reads its lessons whole."""

    project: str
    project_code: str
    made_at: datetime
    refreshed_at: datetime
    total: int
    answered: int
    applied: int
    """How many lessons the project applies, or did before."""
    items: list[PackLesson]


@operation(
    "GET", "/projects/{code}/pack", tag=TAG, scope=TokenScope.packs_read, action=Action.pack_read,
    answer=PackShown,
)  # fmt: skip
def get_pack(code: str) -> Reply:
    """Read the start pack of a project, the best first."""
    session = reading()
    project = projects.by_code(session, code, by=actor())
    pack = packs.of_project(session, project, by=actor())
    if pack is None:
        raise NotFound("This project has no start pack yet.")
    shown = PackShown(
        project=project.name, project_code=project.code, made_at=pack.made_at,
        refreshed_at=pack.refreshed_at, total=len(pack.rows), answered=pack.answered,
        applied=pack.applied, items=[_row(row) for row in pack.rows],
    )  # fmt: skip
    return Reply(shown)


def _row(row: Row) -> PackLesson:
    return PackLesson(
        rank=row.number,
        lesson_id=row.lesson.id,
        external_id=row.lesson.number,
        headline=row.lesson.headline,
        recommendation=row.lesson.recommendation,
        reasons=list(row.item.reasons),
        alike=[lesson.id for lesson in row.alike],
        is_due=row.is_due,
        answer=_answer(row.answer) if row.answer else None,
        link=link(f"/lessons/{row.lesson.id}"),
    )


def _answer(row: Application) -> AnswerShown:
    return AnswerShown(
        lesson_id=row.lesson_id, external_id=row.lesson.number, headline=row.lesson.headline,
        answer=row.answer, where=row.where, page=row.page.title if row.page else None,
        reason=row.reason, phase=row.phase, result=row.result, at=row.at, version=row.version,
    )  # fmt: skip


@operation(
    "POST", "/projects/{code}/pack", tag=TAG, scope=TokenScope.packs_write,
    action=Action.project_edit, answer=PackShown,
)  # fmt: skip
def rank_pack(code: str) -> Reply:
    """Make the start pack of a project, or rank it anew.

    Lessons that were answered stay. The project's manager and reviewers may.
    """
    project = projects.by_code(reading(), code, by=actor())
    require(actor(), Action.project_edit, project)
    packing.make(runtime(), project.id, by=actor())
    end_reading()  # what was read before does not know the pack
    return get_pack(code)


@operation(
    "GET", "/projects/{code}/answers", tag=TAG, scope=TokenScope.packs_read,
    action=Action.pack_read, query=paging.Paged, answer=AnswerPage, paged=True,
)  # fmt: skip
def list_answers(code: str, query: paging.Paged) -> Reply:
    """List a project's answers to lessons."""
    session, by = reading(), actor()
    rows = applications.of_project(session, projects.by_code(session, code, by=by), by=by)
    items = [_answer(row) for row in paging.slice_of(rows, query)]
    page = AnswerPage(items=items, total=len(rows), page=query.page, limit=query.limit)
    return Reply(page, headers=paging.links(query, len(rows)))


@operation(
    "POST", "/projects/{code}/answers", tag=TAG, scope=TokenScope.packs_write,
    action=Action.application_write, body=NewAnswer, answer=AnswerShown,
)  # fmt: skip
def answer_lesson(code: str, body: NewAnswer) -> Reply:
    """Answer a lesson for a project, or change the answer.

    The project's manager and reviewers may. A project does not answer its own lessons.
    """
    by = actor()
    with writing() as unit:
        project = projects.by_code(unit, code, by=by)
        values = body.model_dump(exclude={"lesson_id", "version"}, exclude_unset=True)
        try:
            lesson = lessons.get(unit, body.lesson_id, by=by)
            row = applications.answer(
                unit, lesson, project, values, by=by, at=now(), version=body.version
            )
        except NotFound:
            # The address is there: what is not, or is not open to them, is named in the body.
            message = "There is no lesson with this number, or it is not open to you."
            raise Invalid(message, {"lesson_id": message}) from None
        where = address("list_answers", code=project.code)
        return Reply(_answer(row), row.version, headers={"Content-Location": where})


@operation(
    "DELETE", "/projects/{code}/answers/{lesson_id}", tag=TAG, scope=TokenScope.packs_write,
    action=Action.application_write, status=204,
)  # fmt: skip
def withdraw_answer(code: str, lesson_id: int) -> Reply:
    """Take a project's answer to a lesson back.

    It counts nowhere any longer; the lesson waits for an answer again.
    """
    by = actor()
    with writing() as unit:
        project = projects.by_code(unit, code, by=by)
        lesson = lessons.get(unit, lesson_id, by=by)
        applications.withdraw(unit, lesson, project, by=by, at=now())
    return Reply()
