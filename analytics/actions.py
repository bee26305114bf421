"""Actions: what a review decided to change, planned, started and done. The verbs and reads.

An action names its indicator before it starts: the hit rate of its theme among closed projects of
some kind, and the day on which the effect is looked at (`analytics.effects`). Its theme follows
(`analytics.stages`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, case, delete, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from analytics import effects, placements, stages
from analytics.models import Theme, ThemeMember
from analytics.review_models import (
    OPEN,
    Action,
    ActionLesson,
    ActionState,
    ChangeKind,
    ReviewItem,
)
from content import activity, jobs
from content.access import Action as Can
from content.access import can, lessons_whole_to, require
from content.errors import Conflict, Forbidden, Invalid, NotFound
from content.models import PUBLIC_STATES, Department, Lesson, Page, Person, Template
from content.types import ANYBODY, Actor, Kind

# What is measured; it is fixed once an action starts.
INDICATOR = (
    "indicator_type", "indicator_department_id", "indicator_size", "indicator_method", "measure_on",
)  # fmt: skip
FIELDS = (
    "title", "description", "owner_id", "due_on", "change", "page_id", "template_id", *INDICATOR,
)  # fmt: skip
TITLE_MOST, TEXT_MOST = 200, 20_000


# Planning and doing ---------------------------------------------------------------------------


def create(
    session: Session,
    theme: Theme,
    values: Mapping[str, Any],
    *,
    by: Actor,
    at: datetime,
    item_id: int | None = None,
    lessons: Sequence[int] = (),
) -> Action:
    """Plan an action against a theme, as the answer to some of its lessons; its owner is told.

    Raises:
        Invalid: the title, the owner or the day is missing, or what changes is not there.
        NotFound: no review has that item (`item_id`) about the theme.
    """
    require(by, Can.theme_run)
    _require_on_agenda(session, theme, item_id)
    row = Action(
        theme_id=theme.id, item_id=item_id, state=ActionState.planned, by_id=by.id, created_at=at
    )
    _take(session, row, values)
    session.add(row)
    session.flush()
    _answer(session, row, lessons, by=by)
    _note(session, row, "create", by=by, at=at, moved=(None, row.state))
    stages.follow(session, row, f"“{row.title}” is planned.", at=at)
    owner = session.get(Person, row.owner_id)
    if owner is not None:
        jobs.enqueue(session, "mail", _told(row, theme, owner), by=by, at=at)
    return row


def _require_on_agenda(session: Session, theme: Theme, item_id: int | None) -> None:
    item = session.get(ReviewItem, item_id) if item_id is not None else None
    if item_id is not None and (item is None or item.theme_id != theme.id):
        raise NotFound("No review has this theme at that place of its agenda.")


def _told(row: Action, theme: Theme, owner: Person) -> dict[str, Any]:
    return {
        "template": "action", "to": owner.email, "name": owner.name, "title": row.title,
        "theme": theme.title, "due": f"{row.due_on:%d %B %Y}", "path": f"/actions/{row.id}",
    }  # fmt: skip


def edit(
    session: Session,
    row: Action,
    values: Mapping[str, Any],
    *,
    by: Actor,
    at: datetime,
    version: int | None = None,
    lessons: Sequence[int] | None = None,
) -> None:
    """Change an action; its indicator is fixed once it has started. None leaves its lessons.

    Raises:
        Conflict: somebody saved it since `version`, or the indicator is fixed. Invalid: see
            `create`.
    """
    require_own(row, by)
    if version is not None and version != row.version:
        raise Conflict("Somebody saved this action while you were writing.")
    fixed = row.started_at is not None
    if fixed and any(
        name in values and (values[name] or None) != (getattr(row, name) or None)
        for name in INDICATOR
    ):
        raise Conflict("What is measured was fixed when the action started.")
    owner = row.owner_id
    _take(session, row, values)
    session.flush()
    if lessons is not None:
        _answer(session, row, lessons, by=by)
    _note(session, row, "edit", by=by, at=at)
    new = session.get(Person, row.owner_id) if row.owner_id != owner else None
    if new is not None and new.id != by.id:
        jobs.enqueue(session, "mail", _told(row, row.theme, new), by=by, at=at)


def _take(session: Session, row: Action, values: Mapping[str, Any]) -> None:
    unknown = set(values) - set(FIELDS)
    if unknown:
        raise ValueError(f"not fields of an action: {sorted(unknown)}")
    for name, value in values.items():
        setattr(row, name, value.strip() if type(value) is str else value)
    problems = _missing(session, row)
    if not row.title or len(row.title) > TITLE_MOST:
        problems["title"] = f"Say in up to {TITLE_MOST} characters what is done."
    if len(row.description or "") > TEXT_MOST:
        problems["description"] = f"At most {TEXT_MOST:,} characters."
    if row.change is ChangeKind.page and (
        row.page_id is None or session.get(Page, row.page_id) is None
    ):
        problems["page_id"] = "Choose the page that changes."
    if row.change is ChangeKind.template and (
        row.template_id is None or session.get(Template, row.template_id) is None
    ):
        problems["template_id"] = "Choose the template that changes."
    if row.due_on and row.measure_on and row.measure_on <= row.due_on:
        problems["measure_on"] = (
            "Choose a later day: projects have to start after the change, and to be closed."
        )
    department = row.indicator_department_id
    if department is not None and session.get(Department, department) is None:
        problems["indicator_department_id"] = "Choose a department of the list."
    if problems:
        raise Invalid("Please look at the fields below.", problems)


def _missing(session: Session, row: Action) -> dict[str, str]:
    """What an action cannot be without, and how to ask for it."""
    asked = {
        "change": "Choose what changes.",
        "owner_id": "Choose who does it.",
        "due_on": "Say until when.",
        "measure_on": "Say before it starts when its effect is looked at.",
    }
    lacking = {name: words for name, words in asked.items() if getattr(row, name) is None}
    if "owner_id" not in lacking and session.get(Person, row.owner_id) is None:
        lacking["owner_id"] = asked["owner_id"]
    return lacking


def _answer(session: Session, row: Action, lessons: Sequence[int], *, by: Actor) -> None:
    """Set which lessons an action answers: some of its theme; what `by` does not see stays."""
    here = select(ThemeMember.object_id).where(
        ThemeMember.theme_id == row.theme_id, ThemeMember.kind == Kind.lesson
    )
    kept = select(ActionLesson.lesson_id).where(ActionLesson.action_id == row.id)
    seen = set(
        session.scalars(
            select(Lesson.id).where(
                lessons_whole_to(by),
                Lesson.state.in_(PUBLIC_STATES),
                or_(Lesson.id.in_(here), Lesson.id.in_(kept)),
            )
        )
    )
    session.execute(
        delete(ActionLesson).where(
            ActionLesson.action_id == row.id, ActionLesson.lesson_id.in_(seen)
        )
    )
    session.add_all(
        ActionLesson(action_id=row.id, lesson_id=number) for number in sorted(seen & set(lessons))
    )
    session.flush()
    session.expire(row, ["lessons"])


def start(session: Session, row: Action, *, by: Actor, at: datetime) -> None:
    """Start an action: its indicator is fixed, and the rate before it is written down."""
    require_own(row, by)
    _step(row, ActionState.planned, ActionState.in_progress)
    # What is written down is shown to everybody: it counts what everybody may read.
    hits, projects = effects.before(effects.record(session, by=ANYBODY), row, at.date())
    row.started_at = at
    row.baseline = {"hits": hits, "projects": projects, "on": at.date().isoformat()}
    session.flush()
    moved = (ActionState.planned, ActionState.in_progress)
    _note(session, row, "start", by=by, at=at, moved=moved)
    stages.follow(session, row, f"“{row.title}” has started.", at=at)


def finish(
    session: Session,
    row: Action,
    evidence: str,
    *,
    by: Actor,
    at: datetime,
    in_force_on: date | None = None,
) -> None:
    """Say that an action is done, by what one sees that, and since when it is in force.

    Raises:
        Invalid: there is no evidence, or the day lies before the start or ahead.
    """
    require_own(row, by)
    problems = {}
    if not evidence.strip():
        problems["evidence"] = "Say by what one sees that it is done."
    day = in_force_on or at.date()
    if row.started_at is not None and not row.started_at.date() <= day <= at.date():
        problems["in_force_on"] = "Choose a day from its start until today."
    if problems:
        raise Invalid(" ".join(problems.values()), problems)
    _step(row, ActionState.in_progress, ActionState.done)
    row.done_at, row.evidence, row.in_force_on = at, evidence.strip()[:TEXT_MOST], day
    session.flush()
    _note(session, row, "finish", by=by, at=at, moved=(ActionState.in_progress, ActionState.done))
    stages.finished(session, row, at=at)


def cancel(session: Session, row: Action, *, by: Actor, at: datetime) -> None:
    """Give an action up."""
    require_own(row, by)
    if row.state in (ActionState.done, ActionState.cancelled):
        raise Conflict(f"This action is {row.state}.")
    before, row.state = row.state, ActionState.cancelled
    session.flush()
    _note(session, row, "cancel", by=by, at=at, moved=(before, ActionState.cancelled))
    stages.follow(session, row, f"“{row.title}” was given up.", at=at)


def reopen(session: Session, row: Action, *, by: Actor, at: datetime) -> None:
    """Take the end of an action back."""
    require_own(row, by)
    if row.state not in (ActionState.done, ActionState.cancelled):
        raise Conflict(f"This action is {row.state}.")
    before = row.state
    row.state = ActionState.in_progress if row.started_at else ActionState.planned
    row.done_at = row.in_force_on = row.looked_at = None
    session.flush()
    _note(session, row, "reopen", by=by, at=at, moved=(before, row.state))
    stages.follow(session, row, f"“{row.title}” goes on.", at=at)


def _step(row: Action, start_: ActionState, end: ActionState) -> None:
    if row.state is not start_:
        raise Conflict(f"An action that is {row.state} cannot become {end}.")
    row.state = end


def may_change(row: Action, by: Actor) -> bool:
    """Whether `by` changes an action: its owner does, and the PMO."""
    return by.is_system or (by.active and by.id == row.owner_id) or can(by, Can.theme_run)


def require_own(row: Action, by: Actor) -> None:
    """Refuse who may not change an action."""
    if not may_change(row, by):
        raise Forbidden("Only its owner or the PMO changes an action.")


def _note(
    session: Session,
    row: Action,
    verb: str,
    *,
    by: Actor,
    at: datetime,
    moved: tuple[str | None, str | None] = (None, None),
) -> None:
    activity.record(session, "action", row.id, verb, by=by, at=at, moved=moved)


# Reads ----------------------------------------------------------------------------------------


class Sort(StrEnum):
    """In which order a list of actions stands."""

    due = "due"
    newest = "newest"
    owner = "owner"
    theme = "theme"


@dataclass(frozen=True, slots=True)
class ActionFilter:
    """What a list of actions is narrowed to; empty means everything. `late_on` keeps what is
    overdue on that day.
    """

    state: ActionState | None = None
    owner_id: int | None = None
    theme_id: int | None = None
    late_on: date | None = None
    sort: Sort = Sort.due


def visible_to(by: Actor) -> ColumnElement[bool]:
    """The filter of actions that `by` sees: of themes that they see, and their own.

    An action of a merged theme is shown with the theme that holds its texts by now.
    """
    return or_(Action.theme_id.in_(placements.heirs_visible_to(by)), Action.owner_id == by.id)


def listing(
    session: Session,
    wanted: ActionFilter = ActionFilter(),
    *,
    by: Actor,
    theme_ids: Sequence[int] | None = None,
    item_ids: Sequence[int] | None = None,
    offset: int = 0,
    limit: int | None = None,
) -> Sequence[Action]:
    """The actions, the most urgent first.

    `theme_ids` and `item_ids` keep those that are about these themes, or that these items of
    reviews led to.
    """
    require(by, Can.theme_read)
    query = select(Action).where(visible_to(by)).options(*_SHOWN)
    for column, value in (
        (Action.state, wanted.state),
        (Action.owner_id, wanted.owner_id),
        (Action.theme_id, wanted.theme_id),
    ):
        if value is not None:
            query = query.where(column == value)
    if wanted.late_on is not None:
        query = query.where(Action.state.in_(OPEN), Action.due_on < wanted.late_on)
    if theme_ids is not None or item_ids is not None:
        about = Action.theme_id.in_(theme_ids or ())
        query = query.where(or_(about, Action.item_id.in_(item_ids or ())))
    query = query.outerjoin(Person, Person.id == Action.owner_id)
    query = query.join(Theme, Theme.id == Action.theme_id).order_by(*_ORDERS[wanted.sort])
    return session.scalars(query.offset(offset).limit(limit)).all()


_SHOWN = (
    joinedload(Action.theme), joinedload(Action.owner), joinedload(Action.template),
    joinedload(Action.page).joinedload(Page.playbook), joinedload(Action.indicator_department),
)  # fmt: skip
_ORDERS: Mapping[Sort, Sequence[Any]] = {
    # What is done stands below what is to do, however long ago it was due.
    Sort.due: (case((Action.state.in_(OPEN), 0), else_=1), Action.due_on.nulls_last(), Action.id),
    Sort.newest: (Action.created_at.desc(), Action.id.desc()),
    Sort.owner: (Person.name, Action.due_on.nulls_last(), Action.id),
    Sort.theme: (Theme.name.nulls_last(), Theme.label, Action.due_on.nulls_last(), Action.id),
}


def get(session: Session, action_id: int, *, by: Actor) -> Action:
    """One action with what it changes.

    Raises:
        NotFound: there is none that `by` sees.
    """
    require(by, Can.theme_read)
    query = select(Action).where(Action.id == action_id, visible_to(by))
    more = (joinedload(Action.item), joinedload(Action.by), selectinload(Action.lessons))
    row = session.scalars(query.options(*_SHOWN, *more)).first()
    if row is None:
        raise NotFound("There is no such action.")
    return row


def owners(session: Session, *, by: Actor) -> Sequence[Person]:
    """Who owns an action that `by` sees, by name."""
    owning = select(Action.owner_id).where(visible_to(by))
    return session.scalars(select(Person).where(Person.id.in_(owning)).order_by(Person.name)).all()
