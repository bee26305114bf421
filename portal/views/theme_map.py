"""The map of themes and texts, and themes by department and by phase: as pictures and as tables."""

from collections.abc import Sequence

from flask import Blueprint, render_template, request

from analytics import atlas, catalogue, standing
from analytics.standing import Standing
from content.access import Action
from content.models import Phase
from portal import recurring
from portal.auth import actor, allowed
from portal.db import reading

bp = Blueprint("theme_map", __name__, url_prefix="/themes/map")


@bp.get("")
@allowed(Action.theme_read)
def page() -> str:
    """Themes near each other when their words are alike, with their texts; and the two tables."""
    session = reading()
    projects = standing.closed_projects(session)
    rows = recurring.listed(session, projects=projects)
    run = catalogue.newest(session)
    choices = recurring.choices_of(projects)
    return render_template(
        "themes/map.html",
        rows=rows,
        map=atlas.draw(session, run, rows, by=actor()) if run else None,
        radius=atlas.RADIUS,
        departments=_columns(rows, {name: value for value, name in choices["department"] if value}),
        phases=[(phase.value, phase.value) for phase in Phase],
        choices=choices,
        narrowed=any(request.args.get(name) for name in recurring.FILTERS),
    )


def _columns(rows: Sequence[Standing], numbers: dict[str, str]) -> list[tuple[str, str]]:
    """The departments that a table has, each with the number that its links carry."""
    return [(name, numbers[name]) for name in rows[0].departments] if rows else []
