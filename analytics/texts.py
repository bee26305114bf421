"""The texts of closed projects that a theme run looks at, read from the tables."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select, true
from sqlalchemy.orm import Session

from content.errors import Invalid
from content.models import (
    PUBLIC_STATES,
    Confidentiality,
    Department,
    Issue,
    Lesson,
    Project,
    ProjectState,
)
from content.types import Kind, ThemeText

KINDS = (Kind.lesson, Kind.issue)


@dataclass(frozen=True, slots=True)
class Selection:
    """Which texts a run looks at; nothing chosen means all. Department 0 is none."""

    closed_from: date | None = None
    closed_to: date | None = None
    departments: tuple[int, ...] = ()
    types: tuple[str, ...] = ()
    kinds: tuple[Kind, ...] = KINDS

    @classmethod
    def of(cls, noted: Mapping[str, Any]) -> "Selection":
        """The selection that a run or a job has noted.

        Raises:
            Invalid: it ends before it begins, or chooses no kind of text.
        """
        found = cls(
            _day(noted.get("closed_from")), _day(noted.get("closed_to")),
            tuple(sorted(int(number) for number in noted.get("departments") or ())),
            tuple(sorted(str(type_) for type_ in noted.get("types") or ())),
            tuple(kind for kind in KINDS if kind in (noted.get("kinds") or KINDS)),
        )  # fmt: skip
        if found.closed_from and found.closed_to and found.closed_from > found.closed_to:
            raise Invalid("The period ends before it begins.", {"closed_to": "Give a later day."})
        if not found.kinds:
            raise Invalid("Choose lessons, issues or both.", {"kinds": "Choose at least one."})
        return found

    def noted(self) -> dict[str, Any]:
        """As a run and a job note it."""
        return {
            "closed_from": self.closed_from.isoformat() if self.closed_from else None,
            "closed_to": self.closed_to.isoformat() if self.closed_to else None,
            "departments": list(self.departments), "types": list(self.types),
            "kinds": [kind.value for kind in self.kinds],
        }  # fmt: skip

    @property
    def narrows_projects(self) -> bool:
        """Whether it asks something of the project."""
        return bool(self.closed_from or self.closed_to or self.departments or self.types)

    def admits(self, project: Project) -> bool:
        """Whether it chooses this closed project; the twin of `_chosen`."""
        closed = project.closed_on
        return not (
            (self.closed_from and (closed is None or closed < self.closed_from))
            or (self.closed_to and (closed is None or closed > self.closed_to))
            or (self.departments and (project.department_id or 0) not in self.departments)
            or (self.types and project.type not in self.types)
        )


ALL = Selection()


def _day(value: Any) -> date | None:
    try:
        return date.fromisoformat(str(value)) if value else None
    except ValueError:
        raise Invalid(f"{value} is no date; write it as 2026-03-31.") from None


def in_words(selection: Selection, departments: Mapping[int, str]) -> list[str]:
    """What a run looked at, as a page says it; `departments` names them."""
    kinds = " and ".join(f"{kind}s" for kind in selection.kinds)
    said = [f"{kinds} of closed projects"]
    if selection.closed_from or selection.closed_to:
        begins = f" from {selection.closed_from.isoformat()}" if selection.closed_from else ""
        ends = f" to {selection.closed_to.isoformat()}" if selection.closed_to else ""
        said.append(f"closed{begins}{ends}")
    if selection.departments:
        names = (departments.get(number, "a former department") for number in selection.departments)
        said.append("of " + ", ".join(names))
    if selection.types:
        said.append("of type " + ", ".join(selection.types))
    return said


# Reading --------------------------------------------------------------------------------------


def corpus(
    session: Session, selection: Selection = ALL, *, only: Collection[str] | None = None
) -> list[ThemeText]:
    """The texts that a run looks at: issues and published lessons of closed projects.

    Lessons that name no project (imported ones) are there unless something is asked of the
    project. Department and restricted lessons take part: what themes show is decided for each
    person (`placements`), and words are taken from the texts that are `open` alone. With `only`
    no other texts than those that it names are read.
    """
    ids: dict[Kind, list[int]] = {kind: [] for kind in KINDS}
    for kind, number in map(of_name, only or ()):
        ids[kind].append(number)
    found: list[ThemeText] = []
    if Kind.lesson in selection.kinds:
        found += _lessons(session, selection, None if only is None else ids[Kind.lesson])
    if Kind.issue in selection.kinds:
        found += _issues(session, selection, None if only is None else ids[Kind.issue])
    return found


def _chosen(selection: Selection) -> list[ColumnElement[bool]]:
    """The filters of closed projects."""
    found: list[ColumnElement[bool]] = [Project.state == ProjectState.closed]
    if selection.closed_from:
        found.append(Project.closed_on >= selection.closed_from)
    if selection.closed_to:
        found.append(Project.closed_on <= selection.closed_to)
    if selection.departments:
        found.append(func.coalesce(Project.department_id, 0).in_(selection.departments))
    if selection.types:
        found.append(Project.type.in_(selection.types))
    return found


def _lessons(
    session: Session, selection: Selection, ids: Sequence[int] | None
) -> Iterator[ThemeText]:
    query = (
        select(Lesson, Project.code)
        .join(Project, Project.id == Lesson.project_id, isouter=True)
        .where(Lesson.state.in_(PUBLIC_STATES))
        .where(true() if ids is None else Lesson.id.in_(ids))
        .order_by(Lesson.id)
    )
    if selection.narrows_projects:
        query = query.where(*_chosen(selection))
    else:
        query = query.where(or_(Project.state == ProjectState.closed, Lesson.project_id.is_(None)))
    for lesson, code in session.execute(query):
        parts = (lesson.headline, lesson.summary, lesson.driving_event, lesson.cause, lesson.effect,
                 lesson.lesson, lesson.recommendation, *_classes(lesson))  # fmt: skip
        yield ThemeText(
            id=name_of(Kind.lesson, lesson.id),
            text="\n".join(part for part in parts if part),
            project=code or "",
            day=lesson.date_occurred,
            open=lesson.confidentiality is Confidentiality.open,
        )


# How often a lesson's topics count beside its running text: people chose them to say what it is
# about, in words that projects share.
TOPIC_WEIGHT = 2


def _classes(lesson: Lesson) -> list[str]:
    """The words under which people filed a lesson."""
    return [*lesson.topics, lesson.category or ""] * TOPIC_WEIGHT


def _issues(
    session: Session, selection: Selection, ids: Sequence[int] | None
) -> Iterator[ThemeText]:
    query = (
        select(Issue, Project.code)
        .join(Project, Project.id == Issue.project_id)
        .where(*_chosen(selection), true() if ids is None else Issue.id.in_(ids))
        .order_by(Issue.id)
    )
    for issue, code in session.execute(query):
        yield ThemeText(
            id=name_of(Kind.issue, issue.id),
            text=f"{issue.title}\n{issue.description}",
            project=code,
            day=issue.raised_on,
        )


def names(session: Session) -> set[str]:
    """The names of all texts that a run over everything would look at."""
    lessons = (
        select(Lesson.id)
        .join(Project, Project.id == Lesson.project_id, isouter=True)
        .where(Lesson.state.in_(PUBLIC_STATES))
        .where(or_(Project.state == ProjectState.closed, Lesson.project_id.is_(None)))
    )
    issues = select(Issue.id).join(Project, Project.id == Issue.project_id)
    issues = issues.where(Project.state == ProjectState.closed)
    return {
        *(name_of(Kind.lesson, number) for number in session.scalars(lessons)),
        *(name_of(Kind.issue, number) for number in session.scalars(issues)),
    }


def closed_since(session: Session, texts: Iterable[ThemeText]) -> set[tuple[Kind, int]]:
    """Those of the texts, open when they were read, that not everybody reads any more."""
    query = select(Lesson.id).where(
        Lesson.state.in_(PUBLIC_STATES), Lesson.confidentiality == Confidentiality.open
    )
    still = set(session.scalars(query))
    were = {of_name(text.id) for text in texts if text.open}
    return {(kind, number) for kind, number in were if kind is Kind.lesson and number not in still}


def name_of(kind: Kind, object_id: int) -> str:
    """The name of a text in a run; padded, so that sorting by it is the order of the rows."""
    return f"{kind}:{object_id:09}"


def of_name(name: str) -> tuple[Kind, int]:
    """What `name_of` named."""
    kind, _, number = name.partition(":")
    return Kind(kind), int(number)


def names_to_mask(session: Session) -> list[str]:
    """Names of projects and departments: two texts are not alike because they share an owner."""
    projects = session.execute(select(Project.code, Project.name)).all()
    departments: Sequence[Any] = session.execute(select(Department.code, Department.name)).all()
    return [name for row in (*projects, *departments) for name in row]
