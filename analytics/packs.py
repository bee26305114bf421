"""Start packs: the ranked lessons that a project is asked to answer, kept as rows.

A pack is made when its project is registered and ranked anew when a lesson is published, a gate is
passed, or somebody asks. What was answered stays in it; the answers themselves are the project's
applications. Rows never widen what a person may see: a pack is made of what the project's manager
reads whole, and every read filters by who looks.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, joinedload, selectinload

from analytics.startpack import Candidate, Learned, Profile, Said, rank
from content import activity, applications, projects
from content.access import Action, lessons_whole_to, require
from content.models import (
    PUBLIC_STATES,
    Answer,
    Application,
    Lesson,
    PackItem,
    Person,
    Phase,
    Priority,
    Project,
    ProjectState,
    Reach,
    StartPack,
)
from content.types import Actor

# Lessons of the whole organisation, and lessons that projects of the same type applied, that are
# looked at beside those whose words are like the project's.
BESIDE_MOST = 150
# What the portal asks jobs to do.
JOB_MAKE, JOB_FOLLOW = "start pack", "follow lesson"

_WORD = re.compile(r"[^\W\d_]{4,}")


# Making ---------------------------------------------------------------------------------------


def make(
    session: Session,
    project: Project,
    likeness: Mapping[int, float],
    *,
    by: Actor,
    at: datetime,
) -> StartPack:
    """Make the project's pack, or rank it anew; lessons that were answered stay.

    `likeness` maps lessons to how like their words are to the project's, 0 to 1; other lessons
    that might fit are looked for here.
    """
    require(by, Action.pack_read, project)
    pack = session.scalars(select(StartPack).where(StartPack.project_id == project.id)).first()
    made = pack is None
    pack = pack or StartPack(project_id=project.id, made_at=at, refreshed_at=at)
    session.add(pack)
    session.flush()
    chosen = rank(
        profile_of(project),
        candidates(session, project, likeness, reader=reader_of(project, by)),
        learned(session),
        today=at.date(),
    )
    known = {item.lesson_id: item for item in pack.items}
    answered = set(_answers(session, project))
    wanted = {choice.id: choice for choice in chosen}
    pack.items = [
        item for item in pack.items if item.lesson_id in wanted or item.lesson_id in answered
    ]
    for number, choice in enumerate(chosen, 1):
        item = known.get(choice.id) or PackItem(lesson_id=choice.id, added_at=at)
        item.rank, item.score = number, choice.score
        item.reasons, item.alike = list(choice.reasons), list(choice.alike)
        if choice.id not in known:
            # What a new pack holds is no news; what comes later is.
            item.told_at = at if made else None
            pack.items.append(item)
    pack.refreshed_at = at
    session.flush()
    if made:
        activity.record(
            session, "project", project.id, "make start pack", by=by, at=at,
            detail={"lessons": len(pack.items)},
        )  # fmt: skip
    return pack


def reader_of(project: Project, by: Actor) -> Actor:
    """For whose eyes a pack is made: the manager's, or whoever asks where there is none."""
    return project.manager.as_actor() if project.manager is not None else by


def profile_of(project: Project) -> Profile:
    """The project's facts as the ranking takes them."""
    phase = projects.present_phase(project)
    return Profile(
        project.type, project.size, project.method, project.department_id,
        phase.name if phase else None,
    )  # fmt: skip


def candidates(
    session: Session, project: Project, likeness: Mapping[int, float], *, reader: Actor
) -> list[Candidate]:
    """The lessons that might fit and that `reader` reads whole; never the project's own."""
    found: dict[int, Lesson] = {}
    for query in (_liked(likeness), _corporate(), _applied_by_kind(project)):
        rows = session.scalars(
            query.where(
                Lesson.state.in_(PUBLIC_STATES),
                Lesson.project_id.is_distinct_from(project.id),
                lessons_whole_to(reader),
            ).options(joinedload(Lesson.project))
        )
        found.update((row.id, row) for row in rows)
    counts = applications.counts(session, list(found))
    return [
        _candidate(lesson, likeness.get(lesson.id, 0.0), counts.get(lesson.id, 0))
        for lesson in found.values()
    ]


def _liked(likeness: Mapping[int, float]) -> Select[Lesson]:
    return select(Lesson).where(Lesson.id.in_(list(likeness)))


def _corporate() -> Select[Lesson]:
    query = select(Lesson).where(
        Lesson.scope == Reach.organisation, Lesson.priority == Priority.high
    )
    return query.order_by(Lesson.date_occurred.desc().nulls_last(), Lesson.id).limit(BESIDE_MOST)


def _applied_by_kind(project: Project) -> Select[Lesson]:
    applied = (
        select(Application.lesson_id)
        .join(Application.project)
        .where(
            Project.type == project.type,
            Application.answer.in_((Answer.applied, Answer.already_done)),
            Application.withdrawn_at.is_(None),
        )
    )
    return select(Lesson).where(Lesson.id.in_(applied)).order_by(Lesson.id).limit(BESIDE_MOST)


def _candidate(lesson: Lesson, likeness: float, applied: int) -> Candidate:
    own = lesson.project
    return Candidate(
        id=lesson.id,
        likeness=likeness,
        profile=Profile(
            own.type if own else None,
            own.size if own else None,
            own.method if own else None,
            lesson.department_id,
            lesson.phase,
        ),
        types=frozenset(lesson.applies_to_types),
        sizes=frozenset(lesson.applies_to_sizes),
        methods=frozenset(lesson.applies_to_methods),
        corporate=lesson.scope is Reach.organisation,
        high=lesson.priority is Priority.high,
        applied=applied,
        day=lesson.date_occurred,
        words=frozenset(
            _WORD.findall(f"{lesson.headline} {lesson.lesson} {lesson.recommendation}".lower())
        ),
    )


def learned(session: Session, *, without: int | None = None) -> Learned:
    """What all answers so far teach; `without` leaves out those of one project."""
    query = (
        select(Application.lesson_id, Project.type, Application.answer)
        .join(Application.project)
        .where(Application.withdrawn_at.is_(None), Application.answer != Answer.later)
    )
    if without is not None:
        query = query.where(Application.project_id != without)
    return Learned(
        Said(lesson, kind or "", answer is not Answer.not_applicable)
        for lesson, kind, answer in session.execute(query)
    )


def _answers(session: Session, project: Project) -> dict[int, Application]:
    query = select(Application).where(
        Application.project_id == project.id, Application.withdrawn_at.is_(None)
    )
    return {row.lesson_id: row for row in session.scalars(query)}


# Reads ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Row:
    """One lesson of a pack with its answer, and the lessons folded under it."""

    item: PackItem
    lesson: Lesson
    answer: Application | None
    alike: tuple[Lesson, ...]
    is_due: bool  # unanswered, or put off to a phase that has begun


@dataclass(frozen=True, slots=True)
class Pack:
    """A pack as one person sees it."""

    made_at: datetime
    refreshed_at: datetime
    rows: tuple[Row, ...]

    @property
    def answered(self) -> int:
        """How many lessons need nothing more for now."""
        return sum(not row.is_due for row in self.rows)

    @property
    def applied(self) -> int:
        """How many lessons the project applies, or did before."""
        good = (Answer.applied, Answer.already_done)
        return sum(row.answer is not None and row.answer.answer in good for row in self.rows)

    @property
    def due(self) -> tuple[Row, ...]:
        """The rows that wait for an answer."""
        return tuple(row for row in self.rows if row.is_due)


def of_project(session: Session, project: Project, *, by: Actor) -> Pack | None:
    """The project's pack as far as `by` reads its lessons whole; None when there is none yet."""
    require(by, Action.pack_read, project)
    pack = session.scalars(
        select(StartPack)
        .where(StartPack.project_id == project.id)
        .options(selectinload(StartPack.items))
    ).first()
    if pack is None:
        return None
    wanted = {item.lesson_id for item in pack.items} | {n for i in pack.items for n in i.alike}
    query = (
        select(Lesson)
        .where(Lesson.id.in_(wanted), Lesson.state.in_(PUBLIC_STATES), lessons_whole_to(by))
        .options(joinedload(Lesson.project))
    )
    seen = {lesson.id: lesson for lesson in session.scalars(query)}
    answers = {row.lesson_id: row for row in applications.of_project(session, project, by=by)}
    begun = begun_phases(project)
    rows = [
        _row(item, seen, answers.get(item.lesson_id), begun)
        for item in pack.items
        if item.lesson_id in seen
    ]
    return Pack(pack.made_at, pack.refreshed_at, tuple(rows))


def _row(
    item: PackItem, seen: Mapping[int, Lesson], answer: Application | None, begun: Sequence[Phase]
) -> Row:
    put_off = answer is not None and answer.answer is Answer.later
    returns = put_off and (answer.phase is None or answer.phase in begun)  # type: ignore[union-attr]
    return Row(
        item=item,
        lesson=seen[item.lesson_id],
        answer=answer,
        alike=tuple(seen[n] for n in item.alike if n in seen),
        is_due=answer is None or returns,
    )


def begun_phases(project: Project) -> list[Phase]:
    """The phases that have begun: those whose gate is passed, and the one after them."""
    present = projects.present_phase(project)
    every = [phase.name for phase in project.phases]
    if present is None:
        return every
    return every[: every.index(present.name) + 1]


def with_pack(session: Session) -> Sequence[int]:
    """The open projects that have a pack."""
    query = select(StartPack.project_id).join(StartPack.project)
    return session.scalars(
        query.where(Project.state == ProjectState.open).order_by(Project.id)
    ).all()


def without_pack(session: Session) -> Sequence[int]:
    """The open projects that have none yet."""
    query = select(Project.id).where(Project.state == ProjectState.open)
    return session.scalars(
        query.where(Project.id.not_in(select(StartPack.project_id))).order_by(Project.id)
    ).all()


def load(session: Session, project_id: int) -> Project | None:
    """A project with what making its pack asks of it."""
    query = select(Project).where(Project.id == project_id)
    return session.scalars(
        query.options(joinedload(Project.manager), selectinload(Project.phases))
    ).first()


def news(session: Session) -> list[tuple[Person, Project, list[PackItem]]]:
    """Of each open project, the lessons added to its pack that its manager was not told of."""
    query = (
        select(PackItem)
        .join(PackItem.pack)
        .join(StartPack.project)
        .where(PackItem.told_at.is_(None), Project.state == ProjectState.open)
        .options(
            joinedload(PackItem.lesson),
            joinedload(PackItem.pack).joinedload(StartPack.project).joinedload(Project.manager),
        )
        .order_by(Project.id, PackItem.rank)
    )
    found: dict[int, tuple[Person, Project, list[PackItem]]] = {}
    for item in session.scalars(query):
        project = item.pack.project
        if project.manager is not None and project.manager.active:
            found.setdefault(project.id, (project.manager, project, []))[2].append(item)
    return list(found.values())
