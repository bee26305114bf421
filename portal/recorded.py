"""What a row of the activity log is about, as administrators read it: a title and an address."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import url_for
from sqlalchemy import func, literal, select
from sqlalchemy.orm import Session

from analytics.models import Theme
from analytics.review_models import Action, Review
from content import activity, changes, requests, review_queue, thesaurus, validation
from content.models import (
    Activity,
    ApiToken,
    ContentRequest,
    Department,
    Import,
    ImportMapping,
    Issue,
    Lesson,
    LessonChange,
    Page,
    Person,
    Playbook,
    Project,
    Template,
    ThesaurusEntry,
    Workshop,
)

# The address of a thing, of its number and its key; None where it has no page.
Address = Callable[[int, str], str]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of thing in the log: where its titles stand, and where it is looked at."""

    label: str
    source: Any = None
    address: Address | None = None


def _to(endpoint: str, name: str) -> Address:
    """The page that is found by the number of a thing."""
    return lambda number, _key: url_for(endpoint, **{name: number})  # type: ignore[arg-type]  # names of arguments


def _of(number: Any, title: Any, key: Any = None) -> Any:
    """The number, the title and the key of one kind."""
    found = literal("") if key is None else key
    return select(number.label("number"), title.label("title"), found.label("key"))


_LESSON = _of(Lesson.id, Lesson.headline)
_TO_LESSON = _to("lessons.page", "lesson_id")
KINDS: Mapping[str, Kind] = {
    "department": Kind("departments", _of(Department.id, Department.name)),
    "lesson": Kind("lessons", _LESSON, _TO_LESSON),
    validation.KIND: Kind("who reviews a lesson", _LESSON, _TO_LESSON),
    review_queue.KIND: Kind("reminders of the review queue", _LESSON, _TO_LESSON),
    changes.KIND: Kind(
        "changes of lessons",
        _of(LessonChange.id, Lesson.headline, Lesson.id).join(LessonChange.lesson),
        lambda number, key: url_for("changes.page", lesson_id=int(key), change_id=number),
    ),
    "issue": Kind("issues", _of(Issue.id, Issue.title), _to("issues.page", "issue_id")),
    "project": Kind(
        "projects",
        _of(Project.id, Project.code + " " + Project.name, Project.code),
        lambda _number, key: url_for("projects.page", code=key),
    ),
    "workshop": Kind(
        "workshops",
        _of(Workshop.id, Workshop.title),
        _to("workshop_board.page", "workshop_id"),
    ),
    "playbook": Kind(
        "playbooks",
        _of(Playbook.id, Playbook.title, Playbook.slug),
        lambda _number, key: url_for("playbooks.book", book=key),
    ),
    "page": Kind(
        "playbook pages",
        _of(Page.id, Page.title, Playbook.slug + "/" + Page.slug).join(Page.playbook),
        lambda _number, key: url_for("playbooks.index") + key,
    ),
    "template": Kind(
        "templates",
        _of(Template.id, Template.title, Template.slug),
        lambda _number, key: url_for("library.page", slug=key),
    ),
    "theme": Kind(
        "themes",
        _of(Theme.id, func.coalesce(Theme.name, Theme.label)),
        _to("themes.page", "theme_id"),
    ),
    "theme run": Kind("theme runs"),
    "theme weights": Kind("weights of recurrence"),
    "review": Kind(
        "improvement reviews",
        _of(Review.id, Review.title),
        _to("reviews.page", "review_id"),
    ),
    "action": Kind("actions", _of(Action.id, Action.title), _to("actions.page", "action_id")),
    requests.KIND: Kind(
        "content requests",
        _of(ContentRequest.id, ContentRequest.title),
        _to("requests.page", "request_id"),
    ),
    thesaurus.KIND: Kind(
        "thesaurus entries",
        _of(ThesaurusEntry.id, ThesaurusEntry.terms),
        _to("thesaurus.edit", "entry_id"),
    ),
    "import": Kind("imports", _of(Import.id, Import.filename), _to("imports.page", "import_id")),
    "import mapping": Kind("import mappings", _of(ImportMapping.id, ImportMapping.name)),
    "person": Kind("people", _of(Person.id, Person.name), _to("people.page", "person_id")),
    "token": Kind("API tokens", _of(ApiToken.id, ApiToken.name)),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the log, what it is about, and where that is; both empty when it is gone."""

    row: Activity
    title: str
    url: str

    @property
    def detail(self) -> str:
        """What else was noted: names of fields and numbers."""
        return "; ".join(
            f"{name}: {', '.join(map(str, value)) if isinstance(value, list) else value}"
            for name, value in self.row.detail.items()
        )


def lines(session: Session, rows: Sequence[Activity]) -> list[Line]:
    """The rows with what they are about."""
    sources = {name: kind.source for name, kind in KINDS.items() if kind.source is not None}
    known = activity.titles(session, [(row.object_kind, row.object_id) for row in rows], sources)
    return [_line(row, known.get((row.object_kind, row.object_id))) for row in rows]


def _line(row: Activity, named: tuple[str, str] | None) -> Line:
    if named is None:
        return Line(row, "", "")
    title, key = named
    if row.object_kind == thesaurus.KIND:
        title = ", ".join(json.loads(title))
    address = KINDS[row.object_kind].address
    return Line(row, title, address(row.object_id, key) if address else "")
