"""The first page: what waits for the person who signed in, by role."""

from typing import Any

from flask import Blueprint, render_template

from analytics import catalogue, duties, reviews
from content import (
    changes,
    insight,
    lesson_lists,
    overview,
    people,
    playbooks,
    review_queue,
)
from content.access import Action, can
from content.db import now
from content.types import Role
from portal.auth import actor, allowed
from portal.db import reading

bp = Blueprint("home", __name__)

# Rows of each list on the page; the rest is one click away.
SHOWN = 6


@bp.get("/")
@allowed(Action.portal_use)
def index() -> str:
    """The home page: the lists that fit the role, then what is new for everybody."""
    session = reading()
    who = actor()
    mine, quiet = overview.open_projects(session, now(), by=who, every=who.role is Role.reviewer)
    return render_template(
        "home/index.html",
        figures=overview.figures(session, by=who),
        newest=overview.newest_lessons(session, by=who),
        mine=mine,
        quiet=[] if who.role is Role.admin else quiet[:SHOWN],
        meetings=reviews.invited_to(session, by=who)[:SHOWN],
        drafts=lesson_lists.of_author(session, by=who)[:SHOWN],
        **_for_role(who.role),
    )


def _for_role(role: Role) -> dict[str, Any]:
    """What waits for a reviewer, a trainer or an administrator."""
    session, who, at = reading(), actor(), now()
    found: dict[str, Any] = {
        "queue": [], "waiting": 0, "approvals": [], "pages_in_work": [], "overdue": [],
        "themes": [], "invited": 0, "unanswered": [], "duties": [], "my_changes": [],
        "today": at.date(),
    }  # fmt: skip
    if not can(who, Action.queue_read):
        # Who reviews finds their own changes in the queue, marked as theirs.
        found["my_changes"] = changes.of_person(session, by=who)[:SHOWN]
    if can(who, Action.queue_read):
        found["queue"], found["waiting"] = review_queue.oldest(session, by=who, at=at)
    if can(who, Action.insight_read):
        found["unanswered"] = insight.unanswered(session, by=who, at=at, limit=SHOWN)
    found["duties"] = duties.of_person(session, by=who, limit=SHOWN)
    if role is Role.reviewer:
        found["themes"] = catalogue.seen(session, by=who)[:SHOWN]
    if can(who, Action.page_decide):
        found["approvals"] = playbooks.waiting(session, by=who)[:SHOWN]
    if role is Role.trainer:
        found["pages_in_work"] = playbooks.in_work_of(session, by=who)[:SHOWN]
        found["overdue"] = playbooks.overdue(session, at.date())[:SHOWN]
    if role is Role.admin:
        found["invited"] = people.invited_count(session)
    return found
