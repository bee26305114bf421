"""Start packs: the ranked lessons that a project is asked to answer, kept as rows.

A pack is made when its project is registered and ranked anew when a lesson is published, a gate is
passed, or somebody asks. What was answered stays in it; the answers themselves are the project's
applications. Rows never widen what a person may see: a pack is made of what the project's manager
reads whole, and every read filters by who looks.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, select
from sqlalchemy.orm import Session, joinedload, lazyload, selectinload

from analytics.candidates import candidates, learned, profile_of
from analytics.startpack import Choice, of_reader, rank
from content import activity, applications, gates
from content.access import Action, lessons_whole_to, require
from content.models import (
    PUBLIC_STATES,
    Answer,
    Application,
    Lesson,
    PackItem,
    Phase,
    Project,
    ProjectState,
    StartPack,
)
from content.types import Actor

# Making ---------------------------------------------------------------------------------------


def choose(
    session: Session, project: Project, likeness: Mapping[int, float], *, by: Actor, at: datetime
) -> list[Choice]:
    """Rank the lessons that fit the project; nothing is written.

    `likeness` maps lessons to how like their words are to the project's, 0 to 1; other lessons
    that might fit are looked for here.
    """
    require(by, Action.pack_read, project)
    answered = _answered(session, project)
    found = candidates(session, project, likeness, reader=reader_of(project, by), answered=answered)
    taught = learned(session, project, [lesson.id for lesson in found])
    return rank(profile_of(project), found, taught, today=at.date(), stay=answered)


def keep(
    session: Session, project: Project, chosen: Sequence[Choice], *, by: Actor, at: datetime
) -> StartPack:
    """Make these the project's pack; lessons that were answered meanwhile stay."""
    require(by, Action.pack_read, project)
    pack = session.scalars(
        select(StartPack)
        .where(StartPack.project_id == project.id)
        .options(selectinload(StartPack.items))
    ).first()
    made = pack is None
    if pack is None:
        pack = StartPack(project_id=project.id, made_at=at, refreshed_at=at, items=[])
        session.add(pack)
    known = {item.lesson_id: item for item in pack.items}
    stay = _answered(session, project) | {choice.id for choice in chosen}
    pack.items = [item for item in pack.items if item.lesson_id in stay]
    for number, choice in enumerate(chosen, 1):
        item = known.get(choice.id)
        if item is None:
            # What a new pack holds is no news, nor what the manager asked for; the rest is.
            seen = made or (by.id is not None and by.id == project.manager_id)
            item = PackItem(lesson_id=choice.id, added_at=at, told_at=at if seen else None)
            pack.items.append(item)
        item.rank, item.score = number, choice.score
        item.reasons, item.alike = list(choice.reasons), list(choice.alike)
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


def _answered(session: Session, project: Project) -> set[int]:
    """The lessons that the project has answered."""
    query = select(Application.lesson_id).where(
        Application.project_id == project.id, Application.withdrawn_at.is_(None)
    )
    return set(session.scalars(query))


# Reads ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Row:
    """One lesson of a pack with its answer, and the lessons folded under it.

    `number` is its place among what the person sees: a place that is missing would tell of another.
    """

    number: int
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


def of_project(
    session: Session,
    project: Project,
    *,
    by: Actor,
    answers: Sequence[Application] | None = None,
    asked: int | None = None,
) -> Pack | None:
    """The project's pack as far as `by` reads its lessons whole; None when there is none yet.

    `answers` are those of the project, where the caller has read them already. The lesson that is
    `asked` for has its row whatever its place.
    """
    require(by, Action.pack_read, project)
    pack = (
        session.scalars(
            select(StartPack)
            .where(StartPack.project_id == project.id)
            .options(joinedload(StartPack.items))
        )
        .unique()
        .first()
    )
    if pack is None:
        return None
    wanted = {item.lesson_id for item in pack.items} | {n for i in pack.items for n in i.alike}
    # A column and no condition, as among the candidates: the planner would take the wrong index.
    is_open = and_(Lesson.state.in_(PUBLIC_STATES), lessons_whole_to(by))
    query = (
        select(Lesson, is_open)
        .where(Lesson.id.in_(wanted))
        .options(joinedload(Lesson.project), lazyload(Lesson.topic_rows))
    )
    seen = {lesson.id: lesson for lesson, is_seen in session.execute(query) if is_seen}
    if answers is None:
        answers = applications.of_project(session, project, by=by)
    given = {row.lesson_id: row for row in answers}
    begun = begun_phases(project)
    items = {item.lesson_id: item for item in pack.items}
    every = ((item.lesson_id, item.alike) for item in pack.items)
    shown = of_reader(every, seen, items.keys() & {*given, asked})
    rows = [
        _row(place, items[number], seen[number], [seen[n] for n in others], given, begun)
        for place, (number, others) in enumerate(shown.items(), 1)
    ]
    return Pack(pack.made_at, pack.refreshed_at, tuple(rows))


def _row(
    number: int,
    item: PackItem,
    lesson: Lesson,
    alike: Sequence[Lesson],
    given: Mapping[int, Application],
    begun: Sequence[Phase],
) -> Row:
    answer = given.get(lesson.id)
    put_off = answer is not None and answer.answer is Answer.later
    returns = put_off and (answer.phase is None or answer.phase in begun)  # type: ignore[union-attr]
    return Row(
        number=number,
        item=item,
        lesson=lesson,
        answer=answer,
        alike=tuple(alike),
        is_due=answer is None or returns,
    )


def begun_phases(project: Project) -> list[Phase]:
    """The phases that have begun: those whose gate is passed, and the one after them."""
    present = gates.present_phase(project)
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
