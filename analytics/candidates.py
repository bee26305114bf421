"""Which lessons are looked at for a start pack, and what was answered so far, read in few queries.

Only columns are read, no rows are kept: a pack is ranked in the time of a page.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, select
from sqlalchemy.orm import Session, aliased

from analytics.learned import Crossed, Kind, Learned, Said
from analytics.startpack import Candidate, Profile
from content import applications, gates
from content.access import lessons_whole_to
from content.models import (
    PUBLIC_STATES,
    Answer,
    Application,
    Confidentiality,
    Lesson,
    Priority,
    Project,
    Reach,
)
from content.types import ANYBODY, Actor

# Lessons of the whole organisation, and lessons that projects of the same type applied, that are
# looked at beside those whose words are like the project's.
BESIDE_MOST = 100
# Characters of a field by which near-duplicates are told.
READ_MOST = 400
# The newest answers that tell how many fit, of all projects and of those of a type: more of them
# would change a share by less than 0.02.
NEWEST_MOST = 1_000
# A limit that is none, but keeps an order inside a query as it is.
EVERY = -1
FITTED = (Answer.applied, Answer.already_done)


def profile_of(project: Project) -> Profile:
    """The project's facts as the ranking takes them."""
    phase = gates.present_phase(project)
    return Profile(
        project.type, project.size, project.method, project.department_id,
        phase.name if phase else None,
        text=f"{project.name} {project.description} {project.objectives}",
    )  # fmt: skip


def candidates(
    session: Session,
    project: Project,
    likeness: Mapping[int, float],
    *,
    reader: Actor,
    answered: Collection[int] = (),
) -> list[Candidate]:
    """The lessons that might fit and that `reader` reads whole; never the project's own.

    Besides those of `likeness`: the newest that hold for the whole organisation at high priority,
    those that most projects of the same type applied, and what the project `answered`. Of both, as
    many that everybody reads as if there were no others.
    """
    wanted = {*likeness, *answered}
    masks = [_is_open(project, who) for who in (reader, ANYBODY)]
    for is_open in masks:
        wanted.update(session.scalars(_corporate().where(is_open)))
    wanted.update(_applied_by_type(session, project, masks))
    # Asked as a column: as a condition, SQLite walks all published lessons by the index of their
    # states instead of reading these few (40 ms against 5 among 100,000).
    query = _columns().add_columns(masks[0].label("is_open"))
    rows = [
        row
        for row in session.execute(query.where(Lesson.id.in_(wanted)).order_by(Lesson.id))
        if row.is_open
    ]
    counts = applications.counts(session, [row.id for row in rows], without=project.id)
    return [_candidate(row, likeness.get(row.id, 0.0), counts.get(row.id, 0)) for row in rows]


def _is_open(project: Project, reader: Actor) -> ColumnElement[bool]:
    """Whether a lesson is none of the project's own, and `reader` reads it whole."""
    return and_(
        Lesson.state.in_(PUBLIC_STATES),
        Lesson.project_id.is_distinct_from(project.id),
        lessons_whole_to(reader),
    )


def _corporate() -> Select[Any]:
    query = select(Lesson.id).where(
        Lesson.scope == Reach.organisation, Lesson.priority == Priority.high
    )
    # The order of the index: no more rows are read than are wanted.
    return query.order_by(Lesson.date_occurred.desc().nulls_last(), Lesson.id.desc()).limit(
        BESIDE_MOST
    )


def _applied_by_type(
    session: Session, project: Project, masks: Sequence[ColumnElement[bool]]
) -> set[int]:
    """The lessons that most projects of the same type applied: as many of each of the masks."""
    of_type = select(Project.id).where(Project.type == project.type, Project.id != project.id)
    ranked = session.scalars(
        select(Application.lesson_id)
        .where(
            Application.project_id.in_(of_type),
            Application.answer.in_(FITTED),
            Application.withdrawn_at.is_(None),
        )
        .group_by(Application.lesson_id)
        .order_by(func.count().desc(), Application.lesson_id)
    )
    found: list[list[int]] = [[] for _ in masks]
    # Joined to the answers, SQLite would walk all published lessons (12 s among 100,000).
    for some in ranked.partitions(BESIDE_MOST):
        asked = session.execute(select(Lesson.id, *masks).where(Lesson.id.in_(some)))
        seen = {number: is_open for number, *is_open in asked}
        for place, own in enumerate(found):
            own += [number for number in some if number in seen and seen[number][place]]
        if all(len(own) >= BESIDE_MOST for own in found):
            break
    return {number for own in found for number in own[:BESIDE_MOST]}


def _columns() -> Any:
    text = [
        func.substr(column, 1, READ_MOST)
        for column in (Lesson.headline, Lesson.lesson, Lesson.recommendation, Lesson.driving_event)
    ]
    return select(
        Lesson.id, Lesson.phase, Lesson.department_id, Lesson.scope, Lesson.priority,
        Lesson.date_occurred, Lesson.applies_to_types, Lesson.applies_to_sizes,
        Lesson.applies_to_methods, Lesson.confidentiality,
        (text[0] + " " + text[1] + " " + text[2]).label("said"), text[3].label("event"),
        Project.type, Project.size, Project.method,
    ).outerjoin(Project, Project.id == Lesson.project_id)  # fmt: skip


def _candidate(row: Any, likeness: float, applied: int) -> Candidate:
    return Candidate(
        id=row.id,
        likeness=likeness,
        profile=Profile(
            row.type, row.size, row.method, row.department_id, row.phase, text=row.event
        ),
        types=frozenset(row.applies_to_types or ()),
        sizes=frozenset(row.applies_to_sizes or ()),
        methods=frozenset(row.applies_to_methods or ()),
        corporate=row.scope is Reach.organisation,
        high=row.priority is Priority.high,
        applied=applied,
        day=row.date_occurred,
        text=row.said,
        is_open=row.confidentiality is Confidentiality.open,
    )


def learned(session: Session, project: Project, lessons: Collection[int]) -> Learned:
    """What the answers teach about `lessons` for the project.

    Its own answers are left out: they are no evidence about a project like it. What holds for all
    lessons, or for those of a type, is learned from those alone that everybody reads.
    """
    counted = (
        Application.withdrawn_at.is_(None),
        Application.answer != Answer.later,
        Application.project_id != project.id,
    )
    newest = _newest(*counted)
    many, good = session.execute(select(func.count(), _good_of(newest.c.answer))).one()
    return Learned(
        [
            Said(lesson, Kind(*kind), many, good)
            for lesson, *kind, many, good in session.execute(_said(lessons).where(*counted))
        ],
        [
            Crossed(source, project.type, many, good)
            for source, many, good in session.execute(_crossed(project, counted))
        ],
        overall=(many, good or 0),
    )


def _good_of(answer: Any) -> Any:
    return func.sum(case((answer.in_(FITTED), 1), else_=0))


def _newest(*wanted: ColumnElement[bool]) -> Any:
    """The newest answers to lessons that everybody reads."""
    # Put in order before a lesson is looked at: SQLite then reads those of as many answers only as
    # are wanted. Joined to the lessons, it would walk them all (200 ms among 100,000).
    ordered = (
        select(Application.lesson_id, Application.answer)
        .where(*wanted)
        .order_by(Application.id.desc())
        .limit(EVERY)
        .subquery()
    )
    level = select(Lesson.confidentiality).where(Lesson.id == ordered.c.lesson_id)
    return (
        select(ordered)
        .where(level.scalar_subquery() == Confidentiality.open)
        .limit(NEWEST_MOST)
        .subquery()
    )


def _said(lessons: Collection[int]) -> Any:
    return (
        select(
            Application.lesson_id,
            Project.type,
            Project.method,
            func.count(),
            _good_of(Application.answer),
        )
        .join(Application.project)
        .where(Application.lesson_id.in_(lessons))
        .group_by(Application.lesson_id, Project.type, Project.method)
    )


def _crossed(project: Project, counted: tuple[ColumnElement[bool], ...]) -> Any:
    """Answers of projects of the same type, by the type that the lesson comes from."""
    source = aliased(Project)
    of_type = select(Project.id).where(Project.type == project.type)
    newest = _newest(Application.project_id.in_(of_type), *counted)
    return (
        select(source.type, func.count(), _good_of(newest.c.answer))
        .select_from(newest)
        .join(Lesson, Lesson.id == newest.c.lesson_id)
        .outerjoin(source, source.id == Lesson.project_id)
        .group_by(source.type)
    )
