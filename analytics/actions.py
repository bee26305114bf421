"""Actions: what a review decided to change, until it is done, and what came of it.

An action names its indicator before it starts: the hit rate of its theme among closed projects.
When it is done, projects that start afterwards are compared with those that were closed before;
what is in between could not have profited and counts on neither side.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from analytics import standing
from analytics.models import Stage, Theme
from analytics.review_models import Action, ActionState, ChangeKind
from analytics.trends import Effect, Reading, effect
from content import activity, jobs
from content.access import Action as Can
from content.access import require
from content.errors import Conflict, Forbidden, Invalid, NotFound
from content.models import Page, Person, Project, Template
from content.types import ANYBODY, Actor

FIELDS = (
    "title", "description", "owner_id", "due_on", "change", "page_id", "template_id",
    "indicator_type", "measure_on",
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
) -> Action:
    """Plan an action against a theme; its owner is told by mail.

    Raises:
        Invalid: the title, the owner or the day is missing, or what changes is not there.
    """
    require(by, Can.theme_run)
    row = Action(
        theme_id=theme.id, item_id=item_id, state=ActionState.planned, by_id=by.id, created_at=at
    )
    _take(session, row, values)
    session.add(row)
    session.flush()
    _note(session, row, "create", by=by, at=at, moved=(None, row.state))
    owner = session.get(Person, row.owner_id)
    if owner is not None:
        jobs.enqueue(session, "mail", _told(row, theme, owner), by=by, at=at)
    return row


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
) -> None:
    """Change an action; its indicator is fixed once it has started.

    Raises:
        Conflict: somebody saved it since `version`, or the indicator is fixed. Invalid: see
            `create`.
    """
    _require_own(row, by)
    if version is not None and version != row.version:
        raise Conflict("Somebody saved this action while you were writing.")
    fixed = row.started_at is not None
    if fixed and any(
        name in values and values[name] != getattr(row, name)
        for name in ("indicator_type", "measure_on")
    ):
        raise Conflict("What is measured was fixed when the action started.")
    _take(session, row, values)
    session.flush()
    _note(session, row, "edit", by=by, at=at)


def _take(session: Session, row: Action, values: Mapping[str, Any]) -> None:
    unknown = set(values) - set(FIELDS)
    if unknown:
        raise ValueError(f"not fields of an action: {sorted(unknown)}")
    for name, value in values.items():
        setattr(row, name, value.strip() if type(value) is str else value)
    problems: dict[str, str] = {}
    if not row.title or len(row.title) > TITLE_MOST:
        problems["title"] = f"Say in up to {TITLE_MOST} characters what is done."
    if len(row.description or "") > TEXT_MOST:
        problems["description"] = f"At most {TEXT_MOST:,} characters."
    if row.owner_id is None or session.get(Person, row.owner_id) is None:
        problems["owner_id"] = "Choose who does it."
    if row.due_on is None:
        problems["due_on"] = "Say until when."
    if row.measure_on is None:
        problems["measure_on"] = "Say before it starts when its effect is looked at."
    if row.change is ChangeKind.page and (
        row.page_id is None or session.get(Page, row.page_id) is None
    ):
        problems["page_id"] = "Choose the page that changes."
    if row.change is ChangeKind.template and (
        row.template_id is None or session.get(Template, row.template_id) is None
    ):
        problems["template_id"] = "Choose the template that changes."
    if problems:
        raise Invalid("Please look at the fields below.", problems)


def start(session: Session, row: Action, *, by: Actor, at: datetime) -> None:
    """Start an action: its indicator is fixed, and the rate before it is written down."""
    _require_own(row, by)
    _step(row, ActionState.planned, ActionState.in_progress)
    hit, projects = _counted(session, row, closed_until=at.date())
    row.started_at, row.baseline = (
        at,
        {"hits": hit, "projects": projects, "on": at.date().isoformat()},
    )
    row.theme.stage = Stage.in_action
    session.flush()
    moved = (ActionState.planned, ActionState.in_progress)
    _note(session, row, "start", by=by, at=at, moved=moved)


def finish(session: Session, row: Action, evidence: str, *, by: Actor, at: datetime) -> None:
    """Say that an action is done, and by what one sees that.

    Raises:
        Invalid: there is no evidence.
    """
    _require_own(row, by)
    if not evidence.strip():
        raise Invalid("Say by what one sees that it is done.", {"evidence": "Give the evidence."})
    _step(row, ActionState.in_progress, ActionState.done)
    row.done_at, row.evidence = at, evidence.strip()[:TEXT_MOST]
    row.theme.stage = Stage.monitoring
    session.flush()
    _note(session, row, "finish", by=by, at=at, moved=(ActionState.in_progress, ActionState.done))


def cancel(session: Session, row: Action, *, by: Actor, at: datetime) -> None:
    """Give an action up."""
    _require_own(row, by)
    if row.state in (ActionState.done, ActionState.cancelled):
        raise Conflict(f"This action is {row.state}.")
    before, row.state = row.state, ActionState.cancelled
    session.flush()
    _note(session, row, "cancel", by=by, at=at, moved=(before, ActionState.cancelled))


def reopen(session: Session, row: Action, *, by: Actor, at: datetime) -> None:
    """Take the end of an action back."""
    _require_own(row, by)
    if row.state not in (ActionState.done, ActionState.cancelled):
        raise Conflict(f"This action is {row.state}.")
    before = row.state
    row.state = ActionState.in_progress if row.started_at else ActionState.planned
    row.done_at = None
    session.flush()
    _note(session, row, "reopen", by=by, at=at, moved=(before, row.state))


def _step(row: Action, start_: ActionState, end: ActionState) -> None:
    if row.state is not start_:
        raise Conflict(f"An action that is {row.state} cannot become {end}.")
    row.state = end


def _require_own(row: Action, by: Actor) -> None:
    require(by, Can.theme_read)
    if by.id == row.owner_id or by.is_system:
        return
    try:
        require(by, Can.theme_run)
    except Forbidden:
        raise Forbidden("Only its owner or the PMO changes an action.") from None


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


# What came of it ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Outcome:
    """The effect of an action, and beside it the same comparison for projects it did not touch."""

    effect: Effect
    others: Effect | None


def outcome(session: Session, row: Action, *, by: Actor) -> Outcome | None:
    """The effect so far; None before the action is done.

    Before: projects closed until the change. After: closed projects that started after it. With an
    indicator for one type of project the others are the comparison.
    """
    if row.done_at is None:
        return None
    every, hit = _projects(session, row.theme_id, by=by)
    done = row.done_at.date()
    own = [project for project in every if _is_measured(row, project)]
    others = [project for project in every if not _is_measured(row, project)]
    return Outcome(
        _compared(own, hit, done), _compared(others, hit, done) if row.indicator_type else None
    )


def _compared(projects: Sequence[Project], hit: Collection[int], done: date) -> Effect:
    before = [p for p in projects if p.closed_on and p.closed_on <= done]
    after = [p for p in projects if p.starts_on is not None and p.starts_on > done]
    return effect(
        sum(p.id in hit for p in before), len(before), sum(p.id in hit for p in after), len(after)
    )


def _counted(session: Session, row: Action, *, closed_until: date) -> tuple[int, int]:
    # What is written down is shown to everybody: it counts what everybody may read.
    every, hit = _projects(session, row.theme_id, by=ANYBODY)
    found = [
        p for p in every if _is_measured(row, p) and p.closed_on and p.closed_on <= closed_until
    ]
    return sum(p.id in hit for p in found), len(found)


def _projects(session: Session, theme_id: int, *, by: Actor) -> tuple[list[Project], set[int]]:
    """The closed projects, and which of them the theme hit."""
    every = standing.closed_projects(session)
    hits = standing.hits(session, every, by=by)
    hit = {one.project for one in hits if one.theme == theme_id and one.project is not None}
    return every, hit


def _is_measured(row: Action, project: Project) -> bool:
    """Whether the indicator is about a project."""
    return not row.indicator_type or project.type == row.indicator_type


def stage_after(found: Outcome) -> Stage:
    """What the effect says of the theme: closed, still watched, or back again."""
    if found.effect.reading is Reading.less:
        return Stage.closed
    if found.effect.reading is Reading.more:
        return Stage.recurred
    return Stage.monitoring


# Reads ----------------------------------------------------------------------------------------


def listing(
    session: Session,
    *,
    by: Actor,
    state: ActionState | None = None,
    owner_id: int | None = None,
    theme_id: int | None = None,
    item_ids: Sequence[int] | None = None,
) -> Sequence[Action]:
    """The actions, the most urgent first."""
    require(by, Can.theme_read)
    query = select(Action).options(
        joinedload(Action.theme),
        joinedload(Action.owner),
        joinedload(Action.page).joinedload(Page.playbook),
        joinedload(Action.template),
    )
    for column, value in (
        (Action.state, state), (Action.owner_id, owner_id), (Action.theme_id, theme_id)
    ):  # fmt: skip
        if value is not None:
            query = query.where(column == value)
    if item_ids is not None:
        query = query.where(Action.item_id.in_(item_ids))
    return session.scalars(query.order_by(Action.due_on.nulls_last(), Action.id)).all()


def get(session: Session, action_id: int, *, by: Actor) -> Action:
    """One action with what it changes.

    Raises:
        NotFound: there is none.
    """
    require(by, Can.theme_read)
    row = session.get(
        Action, action_id,
        options=[
            joinedload(Action.theme), joinedload(Action.owner),
            joinedload(Action.page).joinedload(Page.playbook), joinedload(Action.template),
            joinedload(Action.item),
        ],
    )  # fmt: skip
    if row is None:
        raise NotFound("There is no such action.")
    return row
