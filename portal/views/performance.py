"""The PMO's page: its figures with their definitions, trends and what is behind them; as files."""

import io
from dataclasses import dataclass

from flask import Blueprint, abort, render_template, request, send_file, url_for
from werkzeug.wrappers import Response

from analytics import ledger, performance
from analytics.ledger import Ledger
from analytics.performance import KINDS, PARTS, PERIODS, Figure
from analytics.quarters import Quarter, until
from content.access import Action
from content.db import now
from portal import figures
from portal.auth import actor, allowed
from portal.db import reading, runtime
from portal.paging import Page
from portal.papers import write_pdf

bp = Blueprint("performance", __name__, url_prefix="/performance")
# Rows of a list of what is behind a figure.
LISTED = 50
MEDIA_TYPES = {
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address narrows the figures to."""

    quarters: int
    department_id: int | None


def asked_for() -> Asked:
    """The period and department that the address names; what it cannot mean narrows nothing."""
    quarters = request.args.get("quarters", 0, type=int)
    return Asked(quarters if quarters in PERIODS else 8, request.args.get("department", type=int))


def counted() -> tuple[Ledger, list[Figure]]:
    """The figures that the address asks for, as the person who looks may count them."""
    asked, today = asked_for(), now().date()
    since = until(today, 2 * asked.quarters)[0].span.first  # the period before is compared
    found = ledger.read(reading(), by=actor(), department_id=asked.department_id, since=since)
    return found, performance.figures(found, today=today, quarters=asked.quarters)


@bp.get("/")
@allowed(Action.theme_read)
def index() -> str:
    """Every figure: what it is, over the period, against the one before, by quarter."""
    found, shown = counted()
    return render_template(
        "performance/index.html",
        figures=shown,
        asked=asked_for(),
        periods=PERIODS,
        departments=found.departments,
    )


@bp.get("/<any({}):key>".format(",".join(f"'{key}'" for key in KINDS)))
@allowed(Action.theme_read)
def behind(key: str) -> str:
    """What is behind a figure: each thing that it is counted over, and whether it counts."""
    session, asked, kind, today = reading(), asked_for(), KINDS[key], now().date()
    quarter, part = _quarter(), _part(key)
    spans = [quarter] if quarter else until(today, asked.quarters)
    found = ledger.read(session, by=actor(), department_id=asked.department_id, each=True)
    items = (
        performance.part(found, kind, part, today)
        if part
        else performance.behind(found, kind, spans, today)
    )
    page = Page.asked(LISTED).of(len(items))
    shown = items[page.offset : page.offset + page.size]
    titles = ledger.things(session, kind.thing, [item.id for item in shown], by=actor())
    return render_template(
        "performance/behind.html",
        kind=kind,
        quarter=quarter,
        part=part,
        point=performance.point(items, kind, "", ""),
        items=[(titles[item.id], item.counts, item.value) for item in shown if item.id in titles],
        path_of=_path,
        page=page,
        asked=asked,
    )  # fmt: skip


def _quarter() -> Quarter | None:
    name = request.args.get("quarter")
    if not name:
        return None
    return Quarter.named(name) or abort(404)


def _part(key: str) -> str | None:
    name = request.args.get("part")
    if not name:
        return None
    return name if name in PARTS.get(key, ()) else abort(404)


def _path(thing: str, row: ledger.Thing) -> str:
    if thing == "project":
        return url_for("projects.page", code=row.code)
    name = {f"{thing}_id": str(row.id)}
    return url_for(f"{thing}s.page", **name)  # type: ignore[arg-type]  # names of values, not flags


@bp.get("/figures.<any('pdf','xlsx'):format>")
@allowed(Action.theme_read)
def send(format: str) -> Response:
    """The figures as a workbook with charts, or as a tagged PDF."""
    found, shown = counted()
    asked, at = asked_for(), now()
    scope = figures.scope(asked.quarters, asked.department_id, found.departments)
    organisation = runtime().settings.organisation or "PMO Portal"
    if format == "pdf":
        data = write_pdf(figures.paper(shown, scope, organisation, at), at=at)
    else:
        data = figures.workbook(shown, scope, at)
    name = f"performance-{at:%Y-%m-%d}.{format}"
    return send_file(
        io.BytesIO(data), mimetype=MEDIA_TYPES[format], as_attachment=True, download_name=name
    )
