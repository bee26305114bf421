"""Lessons: the verbs that write them and the reads that list them.

A verb asks `content/access`, changes rows, writes the activity log and enqueues what must follow,
all in the caller's unit of work. Reads take the actor and filter in the query.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, or_, select
from sqlalchemy.orm import Session, joinedload, lazyload

from content import activity, applications, jobs, letters, remarks
from content.access import (
    Action,
    can,
    lessons_visible_to,
    lessons_whole_to,
    reads_whole,
    require,
)
from content.db import contains
from content.errors import Conflict, Invalid, NotFound
from content.models import (
    PUBLIC_STATES,
    Confidentiality,
    Lesson,
    LessonKind,
    LessonRevision,
    LessonState,
    LessonTopic,
    Phase,
    Priority,
    Project,
    Reach,
)
from content.review_dates import is_due
from content.types import Actor, Kind, trimmed
from content.workflow import APART, MOVE_RULES, Move, lesson_move, moves_from

# The fields that a person writes, in the order of the form; a revision keeps all of them.
FIELDS = (
    "headline",
    "summary",
    "project_id",
    "department_id",
    "phase",
    "kind",
    "driving_event",
    "cause",
    "early_warning",
    "effect",
    "cost",
    "days",
    "affects",
    "lesson",
    "recommendation",
    "scope",
    "applies_to_types",
    "applies_to_sizes",
    "applies_to_methods",
    "category",
    "topics",
    "priority",
    "previously_identified",
    "date_occurred",
    "author_hidden",
    "confidentiality",
    "sanitised",
    "review_by",
    "evidence",
    "source_url",
)
# The texts of which at least one is needed: a headline alone teaches nothing.
TEXTS = ("summary", "driving_event", "cause", "effect", "lesson", "recommendation")
HEADLINE_MOST = 200  # characters, DESIGN: fields of a lesson
# Characters of one text: about 30 printed pages; the longest of NASA's has 40,000.
TEXT_MOST = 100_000
# Who saves a text now writes it; later it is edited under the eyes of a second person.
_IN_WRITING = (LessonState.draft, LessonState.returned)
TOPICS_MOST = 50
TOPIC_MOST = 100


def get(session: Session, lesson_id: int, *, by: Actor) -> Lesson:
    """One lesson that `by` may see, at least in its sanitised form.

    Raises:
        NotFound: there is none, or `by` may not see it.
    """
    lesson = session.get(
        Lesson, lesson_id, options=[joinedload(Lesson.project), joinedload(Lesson.author)]
    )
    if lesson is None:
        raise NotFound("There is nothing here, or it is not open to you.")
    require(by, Action.lesson_read, lesson)
    return lesson


def by_ids(session: Session, ids: Sequence[int], *, by: Actor) -> Sequence[Lesson]:
    """The lessons with these ids that `by` reads whole."""
    query = select(Lesson).where(Lesson.id.in_(ids), lessons_whole_to(by))
    return session.scalars(query.options(joinedload(Lesson.project))).all()


def create(
    session: Session,
    values: Mapping[str, Any],
    *,
    by: Actor,
    at: datetime,
    external_id: str | None = None,
    import_id: int | None = None,
) -> Lesson:
    """A new draft.

    Raises:
        Invalid: the headline or every text is missing, or something is too long.
    """
    require(by, Action.lesson_create)
    lesson = Lesson(
        state=LessonState.draft,
        author_id=by.id,
        writer_ids=[by.id] if by.id else [],
        external_id=external_id,
        import_id=import_id,
        created_at=at,
        updated_at=at,
    )
    take(session, lesson, values)
    session.add(lesson)
    session.flush()
    _keep_revision(session, lesson, by=by, at=at)
    activity.record(
        session, "lesson", lesson.id, "create", by=by, at=at, moved=(None, lesson.state)
    )
    jobs.reindex(session, Kind.lesson, lesson.id, by=by, at=at)
    return lesson


def bring_in(
    session: Session,
    values: Mapping[str, Any],
    *,
    external_id: str | None,
    import_id: int,
    author_id: int | None,
    publish: bool,
    by: Actor,
    at: datetime,
) -> Lesson:
    """A lesson out of a file: a draft, or published when it is taken as validated elsewhere.

    Raises:
        Invalid: see `create`.
    """
    require(by, Action.lesson_import)
    lesson = Lesson(
        state=LessonState.published if publish else LessonState.draft,
        external_id=external_id,
        import_id=import_id,
        author_id=author_id,
        writer_ids=[] if publish or not by.id else [by.id],
        published_at=at if publish else None,
        created_at=at,
        updated_at=at,
    )
    take(session, lesson, values)
    session.add(lesson)
    session.flush()
    _keep_revision(session, lesson, by=by, at=at, number=1)
    activity.record(
        session,
        "lesson",
        lesson.id,
        "import",
        by=by,
        at=at,
        moved=(None, lesson.state),
        detail={"import": import_id},
    )
    jobs.reindex(session, Kind.lesson, lesson.id, by=by, at=at)
    return lesson


def edit(
    session: Session,
    lesson: Lesson,
    values: Mapping[str, Any],
    *,
    by: Actor,
    at: datetime,
    version: int | None = None,
) -> bool:
    """Change a lesson's text; False when nothing differs.

    Raises:
        Conflict: somebody saved it since `version`. Invalid: see `create`.
    """
    require(by, Action.lesson_edit, lesson)
    if version is not None and version != lesson.version:
        raise Conflict(
            "Somebody saved this lesson while you were writing. Your text is below; "
            "open the lesson in another tab, compare, and save again."
        )
    changed = write(session, lesson, values, by=by, at=at)
    if changed:
        detail = {"fields": changed}
        activity.record(session, "lesson", lesson.id, "edit", by=by, at=at, detail=detail)
    return bool(changed)


def write(
    session: Session,
    lesson: Lesson,
    values: Mapping[str, Any],
    *,
    by: Actor,
    at: datetime,
    written_by: int | None = None,
) -> list[str]:
    """Put a text in force that somebody else has decided on; answers the fields that changed.

    The caller has asked whether `by` may and writes the log; `written_by` is who wrote the text
    when that is not the one who puts it in force.

    Raises:
        Invalid: see `create`.
    """
    before = snapshot(lesson)
    take(session, lesson, values)
    after = snapshot(lesson)
    changed = [name for name in FIELDS if before[name] != after[name]]
    if not changed:
        return []
    lesson.updated_at = at
    if lesson.state in _IN_WRITING and by.id and by.id not in lesson.writer_ids:
        lesson.writer_ids = [*lesson.writer_ids, by.id]
    session.flush()
    _keep_revision(session, lesson, by=by, at=at, written_by=written_by)
    remarks.settle(session, lesson, changed, by=by, at=at)
    jobs.reindex(session, Kind.lesson, lesson.id, by=by, at=at)
    return changed


def move(
    session: Session,
    lesson: Lesson,
    step: Move,
    *,
    by: Actor,
    at: datetime,
    reason: str = "",
    version: int | None = None,
) -> Lesson:
    """Take one step of the life cycle.

    Raises:
        Forbidden: not for this actor. Conflict: not from this state, or changed in between.
        Invalid: the step needs a reason.
    """
    rule = MOVE_RULES[step]
    require(by, rule.action, lesson)
    require_current(lesson, version)
    reason = reason.strip()
    if rule.needs_reason and not reason:
        raise Invalid("Give a reason; its author reads it.", {"reason": "Give a reason."})
    published = lesson.published_at is not None
    before, after = lesson.state, lesson_move(lesson.state, step, published=published)
    if step is Move.submit:
        require_whole(lesson)
    lesson.state, lesson.state_reason, lesson.updated_at = after, reason, at
    if after is LessonState.submitted:
        lesson.submitted_at = at
    if after is LessonState.published:
        lesson.published_at = lesson.published_at or at
    session.flush()
    activity.record(
        session, "lesson", lesson.id, step, by=by, at=at, moved=(before, after), reason=reason
    )
    jobs.reindex(session, Kind.lesson, lesson.id, by=by, at=at)
    letters.decided(session, lesson, step, by=by, at=at)
    if after is LessonState.published:
        # The start packs of open projects look at it once it is in the index.
        jobs.enqueue(session, "follow lesson", {"lesson": lesson.id}, by=by, at=at)
    return lesson


def require_current(lesson: Lesson, version: int | None) -> None:
    """Pass when nobody changed the lesson since `version`; None asks nothing.

    Raises:
        Conflict: somebody did.
    """
    if version is not None and version != lesson.version:
        raise Conflict("Somebody changed this lesson in between. Look at it again, then decide.")


def steps_for(lesson: Lesson, *, by: Actor) -> list[Move]:
    """The steps that `by` may take now."""
    known = moves_from(lesson.state, published=lesson.published_at is not None)
    return [s for s in known if s not in APART and can(by, MOVE_RULES[s].action, lesson)]


def require_whole(lesson: Lesson) -> None:
    """Pass when a reviewer has enough to decide on.

    Raises:
        Invalid: names each field that is missing.
    """
    missing = {
        name: "A reviewer needs this."
        for name in ("driving_event", "lesson", "recommendation")
        if not getattr(lesson, name).strip()
    }
    if missing:
        raise Invalid("Before it goes to review, say what happened, learned and advised.", missing)


# Revisions ------------------------------------------------------------------------------------


def snapshot(lesson: Lesson) -> dict[str, Any]:
    """The fields as plain values that JSON keeps."""
    return {name: plain(getattr(lesson, name)) for name in FIELDS}


def plain(value: Any) -> Any:
    """A field's value as JSON keeps it."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, StrEnum):
        return value.value
    return list(value) if isinstance(value, list | tuple) else value


def _keep_revision(
    session: Session,
    lesson: Lesson,
    *,
    by: Actor,
    at: datetime,
    number: int | None = None,
    written_by: int | None = None,
) -> None:
    session.add(
        LessonRevision(
            lesson_id=lesson.id,
            number=number or newest_revision(session, lesson.id) + 1,
            values=snapshot(lesson),
            author_id=written_by or by.id,
            saved_at=at,
        )
    )


def newest_revision(session: Session, lesson_id: int) -> int:
    """The number of the newest saved text; 0 when there is none."""
    newest = select(func.max(LessonRevision.number)).where(LessonRevision.lesson_id == lesson_id)
    return session.scalar(newest) or 0


def restore_revision(
    session: Session, lesson: Lesson, number: int, *, by: Actor, at: datetime
) -> bool:
    """Write an earlier text again, as a new revision; False when it is the text in force.

    Raises:
        NotFound: the lesson has no such revision.
    """
    row = session.scalars(
        select(LessonRevision).where(
            LessonRevision.lesson_id == lesson.id, LessonRevision.number == number
        )
    ).first()
    if row is None:
        raise NotFound("There is no such revision.")
    return edit(session, lesson, taken_from(session, row.values), by=by, at=at)


def taken_from(session: Session, kept: Mapping[str, Any]) -> dict[str, Any]:
    """The fields out of what JSON kept of them, as the verbs take them."""
    values = {name: kept[name] for name in FIELDS if name in kept}
    for name, enum in _ENUMS.items():
        if values.get(name):
            values[name] = enum(values[name])
    for name in ("date_occurred", "review_by"):
        if values.get(name):
            values[name] = date.fromisoformat(values[name])
    if values.get("project_id") and session.get(Project, values["project_id"]) is None:
        values["project_id"] = None  # it went with the import that had registered it
    return values


_ENUMS: dict[str, type[StrEnum]] = {
    "phase": Phase,
    "kind": LessonKind,
    "scope": Reach,
    "priority": Priority,
    "confidentiality": Confidentiality,
}


def revisions(session: Session, lesson: Lesson, *, by: Actor) -> Sequence[LessonRevision]:
    """The saved texts, newest first; only for those who read the whole lesson."""
    if not (by.is_system or reads_whole(by, lesson)):
        raise NotFound("There is nothing here, or it is not open to you.")
    query = (
        select(LessonRevision)
        .where(LessonRevision.lesson_id == lesson.id)
        .options(joinedload(LessonRevision.author))
        .order_by(LessonRevision.number.desc())
    )
    return session.scalars(query).all()


# Taking values --------------------------------------------------------------------------------


def take(session: Session, lesson: Lesson, values: Mapping[str, Any]) -> None:
    """Put the named fields into the row; what is not named stays.

    Raises:
        Invalid: see `create`.
    """
    unknown = set(values) - set(FIELDS)
    if unknown:
        raise ValueError(f"not fields of a lesson: {sorted(unknown)}")
    for name, value in values.items():
        if name == "topics":
            _take_topics(lesson, value)
        else:
            setattr(lesson, name, trimmed(value))
    _check(lesson)
    if "department_id" not in values and lesson.project_id is not None:
        # A lesson belongs to its project's department unless the form says otherwise.
        project = session.get(Project, lesson.project_id)
        lesson.department_id = project.department_id if project else None


def _take_topics(lesson: Lesson, topics: Sequence[str]) -> None:
    wanted = sorted({topic.strip().lower()[:TOPIC_MOST] for topic in topics if topic.strip()})
    if len(wanted) > TOPICS_MOST:
        raise Invalid("Too many topics.", {"topics": f"Name at most {TOPICS_MOST} topics."})
    kept = [row for row in lesson.topic_rows if row.topic in wanted]
    known = {row.topic for row in kept}
    lesson.topic_rows = kept + [LessonTopic(topic=t) for t in wanted if t not in known]


def _check(lesson: Lesson) -> None:
    problems: dict[str, str] = {}
    if not (lesson.headline or "").strip():
        problems["headline"] = "Say the point in one line."
    elif len(lesson.headline) > HEADLINE_MOST:
        problems["headline"] = f"At most {HEADLINE_MOST} characters; the rest fits below."
    if not any((getattr(lesson, name) or "").strip() for name in TEXTS):
        problems["driving_event"] = "Say at least what happened, or what you learned."
    for name in (*TEXTS, "early_warning", "sanitised", "evidence"):
        if len(getattr(lesson, name) or "") > TEXT_MOST:
            problems[name] = f"At most {TEXT_MOST} characters."
    if problems:
        raise Invalid("Please look at the fields below.", problems)


# Reads ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LessonFilter:
    """What a list of lessons is narrowed to; empty means everything."""

    text: str = ""
    state: LessonState | None = None
    phase: str | None = None
    kind: str | None = None
    category: str | None = None
    topic: str | None = None
    department_id: int | None = None
    project_id: int | None = None
    author_id: int | None = None
    priority: str | None = None
    due: date | None = None  # to be looked at again by this day
    sort: str = "newest"


def listing(
    session: Session, wanted: LessonFilter, *, by: Actor, offset: int = 0, limit: int = 25
) -> tuple[Sequence[Lesson], int]:
    """One page of the lessons that `by` may see, and how many there are in all.

    Lessons that `by` sees in part are among them while nothing narrows the list but the state and
    the phase, which their sanitised form shows as well.
    """
    query = _narrow(select(Lesson), wanted, by=by)
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    rows = session.scalars(
        query.options(
            joinedload(Lesson.project), joinedload(Lesson.department), joinedload(Lesson.author)
        )
        .order_by(*_order(wanted.sort, by=by))
        .offset(offset)
        .limit(limit)
    ).all()
    return rows, total


def _order(sort: str, *, by: Actor) -> tuple[ColumnElement[Any], ...]:
    """Lessons seen in part come last in an order by a field that their reader does not see."""
    whole = lessons_whole_to(by)
    orders: dict[str, tuple[ColumnElement[Any], ...]] = {
        "newest": (Lesson.date_occurred.desc().nulls_last(), Lesson.id.desc()),
        "oldest": (Lesson.date_occurred.asc().nulls_last(), Lesson.id.asc()),
        "headline": (case((whole, func.lower(Lesson.headline))).nulls_last(), Lesson.id.asc()),
        "changed": (case((whole, Lesson.updated_at)).desc().nulls_last(), Lesson.id.desc()),
        "applied": (
            case((whole, applications.times_applied())).desc().nulls_last(),
            Lesson.date_occurred.desc().nulls_last(),
            Lesson.id.desc(),
        ),
    }
    return orders.get(sort, orders["newest"])


def _narrow(query: Select[Lesson], wanted: LessonFilter, *, by: Actor) -> Select[Lesson]:
    shown = _equal({Lesson.state: wanted.state, Lesson.phase: wanted.phase})
    kept_back = [*_by_fields(wanted), *_by_author(wanted.author_id, by=by)]
    seen = lessons_whole_to(by) if kept_back else lessons_visible_to(by)
    return query.where(seen, *shown, *kept_back)


def _equal(wanted: Mapping[Any, Any]) -> list[ColumnElement[bool]]:
    return [column == value for column, value in wanted.items() if value not in (None, "")]


def _by_fields(wanted: LessonFilter) -> list[ColumnElement[bool]]:
    found = _equal(
        {
            Lesson.kind: wanted.kind,
            Lesson.category: wanted.category,
            Lesson.department_id: wanted.department_id,
            Lesson.project_id: wanted.project_id,
            Lesson.priority: wanted.priority,
        }
    )
    if wanted.topic:
        having = select(LessonTopic.lesson_id).where(LessonTopic.topic == wanted.topic)
        found.append(Lesson.id.in_(having))
    if wanted.due is not None:
        found.append(is_due(wanted.due))
    if wanted.text:
        # Only the headline and the number are looked at here; full text is the search's.
        like = contains(wanted.text)
        found.append(
            or_(
                Lesson.headline.ilike(like, escape="\\"),
                Lesson.external_id.ilike(like, escape="\\"),
            )
        )
    return found


def _by_author(author_id: int | None, *, by: Actor) -> list[ColumnElement[bool]]:
    if author_id is None:
        return []
    found: list[ColumnElement[bool]] = [Lesson.author_id == author_id]
    if author_id != by.id:
        # Asking for a colleague's lessons must not tell who wrote one without a name.
        found.append(Lesson.author_hidden.is_(False))
    return found


def of_author(session: Session, *, by: Actor) -> Sequence[Lesson]:
    """The lessons that `by` wrote and that are not published yet, newest first."""
    query = (
        select(Lesson)
        .where(Lesson.author_id == by.id, Lesson.state.not_in(PUBLIC_STATES))
        .options(joinedload(Lesson.project), lazyload(Lesson.topic_rows))
        .order_by(Lesson.updated_at.desc(), Lesson.id.desc())
        .limit(50)
    )
    return session.scalars(query).all()


def handed_in_count(session: Session, project_id: int) -> int:
    """How many lessons of a project are at least handed in, for its closure."""
    counted = (LessonState.submitted, *PUBLIC_STATES)
    query = select(func.count()).select_from(Lesson)
    query = query.where(Lesson.project_id == project_id, Lesson.state.in_(counted))
    return session.scalar(query) or 0


def topics(session: Session, *, by: Actor, limit: int = 200) -> list[tuple[str, int]]:
    """The topics of the lessons that `by` reads whole, with their counts, most used first."""
    query = (
        select(LessonTopic.topic, func.count())
        .join(Lesson, Lesson.id == LessonTopic.lesson_id)
        .where(lessons_whole_to(by))
        .group_by(LessonTopic.topic)
        .order_by(func.count().desc(), LessonTopic.topic)
        .limit(limit)
    )
    return [(topic, count) for topic, count in session.execute(query)]
