"""What projects said to a lesson, and to whom it happened too: of one lesson, or of one project."""

from collections.abc import Iterator, Mapping

from flask import request, url_for

from content import applications, lessons, projects
from content.access import Action, reads_whole, require_whole_reader
from content.errors import NotFound
from content.exports import Column
from content.models import Application, Lesson, Project
from portal.listings.listing import Asking, Listing, Row


def _applications(asking: Asking) -> Iterator[Row]:
    for row, lesson, project in _answers(asking):
        page = row.page
        yield {
            **_lesson(asking, lesson), **_project(project),
            "answer": row.answer, "where": row.where,
            "page": f"{page.playbook.title}: {page.title}" if page else None,
            "phase": row.phase, "reason": row.reason, "result": row.result,
            "answered_on": row.at, "by": row.by.name if row.by else None,
        }  # fmt: skip


def _answers(asking: Asking) -> list[tuple[Application, Lesson, Project]]:
    """Those of the lesson or the project that the address names, as its page has them."""
    session, by = asking.session, asking.by
    number = request.args.get("project", type=int)
    if number is not None and "lesson" not in request.args:
        project = projects.get(session, number, by=by)
        return [(r, r.lesson, project) for r in applications.of_project(session, project, by=by)]
    lesson = _asked_lesson(asking)
    return [(r, lesson, r.project) for r in applications.of_lesson(session, lesson, by=by)]


def _occurrences(asking: Asking) -> Iterator[Row]:
    from portal.views.occurrences import section

    lesson = _asked_lesson(asking)
    happened = section(asking.session, lesson)
    for row in happened.rows:
        named = row.by if happened.shows_names or happened.is_mine(row) else None
        merged = row.merged_lesson
        yield {
            **_lesson(asking, lesson), **_project(row.project),
            "occurred_on": row.occurred_on, "effect": row.effect, "cost": row.cost,
            "days": row.days, "note": row.note, "by": named.name if named else None,
            "out_of": merged.number if merged and reads_whole(asking.by, merged) else None,
        }  # fmt: skip


def _asked_lesson(asking: Asking) -> Lesson:
    """The lesson that the address names, for those who read it whole."""
    number = request.args.get("lesson", type=int)
    if number is None:
        raise NotFound("Name the lesson, as in ?lesson=12.")
    lesson = lessons.get(asking.session, number, by=asking.by)
    require_whole_reader(asking.by, lesson)
    return lesson


def _lesson(asking: Asking, lesson: Lesson) -> Row:
    link = asking.link(url_for("lessons.page", lesson_id=lesson.id))
    return {"external_id": lesson.number, "headline": lesson.headline, "link": link}


def _project(project: Project | None) -> Row:
    return {
        "project": project.name if project else None,
        "project_code": project.code if project else None,
    }


_LESSON = (Column("external_id", "external_id"), Column("headline", "headline", "long"))
_PROJECT = (Column("project", "project"), Column("project_code", "project_code"))

LISTINGS: Mapping[str, Listing] = {
    "applications": Listing(
        "What projects did with lessons", Action.lesson_read,
        (*_LESSON, *_PROJECT, Column("answer", "answer"), Column("where", "where", "long"),
         Column("page", "page"), Column("phase", "phase"), Column("reason", "reason", "long"),
         Column("result", "result", "long"), Column("answered_on", "answered_on", "date"),
         Column("by", "by"), Column("link", "link", "link")),
        _applications, ("headline", "project_code", "answer", "where", "reason", "result"),
    ),
    "occurrences": Listing(
        "To whom it happened too", Action.lesson_read,
        (*_LESSON, *_PROJECT, Column("occurred_on", "occurred_on", "date"),
         Column("effect", "effect", "long"), Column("cost", "cost", "number"),
         Column("days", "days", "number"), Column("note", "note", "long"), Column("by", "by"),
         Column("out_of", "out_of"), Column("link", "link", "link")),
        _occurrences, ("headline", "project_code", "occurred_on", "effect", "days", "note"),
    ),
}  # fmt: skip
