"""What is searched for: the posts that the search page sends, and the page that counts them."""

from flask import Blueprint, Response, render_template, request

from content import insight, requests
from content.access import Action, scope_of
from content.db import now
from content.errors import Invalid
from content.types import Role
from portal.auth import actor, allowed
from portal.db import reading, runtime, writing
from portal.forms import choices
from search.engine import SearchRequest

bp = Blueprint("insight", __name__)

# Characters of a search that are read at all, as the box on the page takes them.
TYPED_MOST = 1_000
# Lines of each table.
SHOWN = 25


@bp.post("/search/asked")
@allowed(Action.search)
def asked() -> Response:
    """Take down what was searched for; how much it finds is looked up here, not told."""
    _take_down(request.form.get("mark", ""), request.form.get("text"))
    return Response(status=204)


@bp.post("/search/opened")
@allowed(Action.search)
def opened() -> Response:
    """Note that a finding was followed; `text` comes along when it was not taken down yet."""
    mark = request.form.get("mark", "")
    if "text" in request.form:
        _take_down(mark, request.form["text"])
    with writing() as unit:
        insight.opened(unit, mark)
    return Response(status=204)


def _take_down(mark: str, text: str | None) -> None:
    if text is None or len(text) > TYPED_MOST:
        reason = f"A search has at most {TYPED_MOST:,} characters."
        raise Invalid(reason, {"text": reason})
    wanted = SearchRequest(text=text.strip(), limit=1)
    found = runtime().search.search(wanted, scope_of(actor()))
    if found.problem:
        return  # without an index nothing is found, and nobody is to write for that
    with writing() as unit:
        insight.asked(unit, mark, text, found.total, by=actor(), at=now())


@bp.get("/insight/")
@allowed(Action.insight_read)
def index() -> str:
    """What was asked in a period by a role: without an answer, without a click, most often."""
    session, at = reading(), now()
    months = {f"{day:%Y-%m}": f"{day:%B %Y}" for day in insight.months(at)}
    month = request.args.get("month")
    month = month if month in months else None
    role = Role(request.args["role"]) if request.args.get("role") in set(Role) else None
    by, lines = actor(), SHOWN
    unanswered = insight.unanswered(session, by=by, at=at, month=month, role=role, limit=lines)
    return render_template(
        "insight/index.html",
        counted=insight.counted(session, by=by, at=at, month=month, role=role),
        unanswered=unanswered,
        unopened=insight.unopened(session, by=by, at=at, month=month, role=role, limit=lines),
        most=insight.most_asked(session, by=by, at=at, month=month, role=role, limit=lines),
        months=insight.by_month(session, by=by, at=at, role=role),
        standing=requests.standing(session, [row.text for row in unanswered], by=by),
        month_choices=[("", "the last 12 months"), *months.items()],
        role_choices=choices(Role, "any role"),
        period=months[month] if month else "the last 12 months",
    )
