"""The activity log as a whole, for administrators: who did what with which thing, and when."""

from datetime import date

from flask import Blueprint, render_template, request

from content import activity
from content.access import Action
from content.activity import ActivityFilter
from portal import recorded
from portal.auth import actor, allowed
from portal.db import reading
from portal.paging import Page

bp = Blueprint("activity", __name__, url_prefix="/admin/activity")

SIZE = 50
BY = (("", "anybody"), ("people", "people"), ("portal", "the portal"))


@bp.get("")
@allowed(Action.system_manage)
def index() -> str:
    """One page of the log, newest first."""
    page = Page.asked(SIZE)
    rows, total = activity.listing(
        reading(), asked_for(), by=actor(), offset=page.offset, limit=page.size
    )
    return render_template(
        "admin/activity.html",
        lines=recorded.lines(reading(), rows),
        page=page.of(total),
        kinds=[("", "anything"), *((name, kind.label) for name, kind in recorded.KINDS.items())],
        by=BY,
    )


def asked_for() -> ActivityFilter:
    """What an address narrows the log to; what makes no sense there narrows nothing."""
    args = request.args
    return ActivityFilter(
        who=args.get("who", "").strip()[:200],
        by_portal={"people": False, "portal": True}.get(args.get("by", "")),
        kind=args.get("kind", "")[:40],
        since=args.get("since", type=date.fromisoformat),
        until=args.get("until", type=date.fromisoformat),
    )
