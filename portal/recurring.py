"""The list of themes as an address asks for it; the page and its export take the same one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, date

from flask import request
from sqlalchemy.orm import Session

from analytics import catalogue, standing, weighting
from analytics.standing import Standing
from analytics.texts import Selection
from analytics.trends import Verdict
from content.db import now
from content.models import Project
from portal.auth import actor

# What the list is narrowed by.
FILTERS = ("department", "type", "since", "until", "verdict")


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks of the list: which closed projects, and which trend."""

    over: Selection
    verdict: Verdict | None

    def admits(self, row: Standing) -> bool:
        """Whether a theme stands in the narrowed list."""
        return (not self.over.narrows_projects or row.hit > 0) and (
            self.verdict is None or row.trend.verdict is self.verdict
        )


def asked_for() -> Asked:
    """What the address narrows the list to: department, type, years of closing, trend."""
    args = request.args
    department, since, until = (args.get(n, type=int) for n in ("department", "since", "until"))
    verdict = args.get("verdict", "")
    return Asked(
        Selection(
            closed_from=_new_year(since),
            closed_to=date(until, 12, 31) if _new_year(until) and until else None,
            departments=() if department is None else (department,),
            types=(args["type"],) if args.get("type") else (),
        ),
        Verdict(verdict) if verdict in set(Verdict) else None,
    )


def _new_year(year: int | None) -> date | None:
    return date(year, 1, 1) if year is not None and MINYEAR <= year <= MAXYEAR else None


def asked_weights(usual: Mapping[str, float]) -> dict[str, float]:
    """The weights of recurrence that the address names, else the organisation's."""
    found = {
        name: min(max(request.args.get(f"w_{name}", value * 100, type=float), 0.0), 100.0) / 100
        for name, value in usual.items()
    }
    # What is no number (NaN) is above nothing and below nothing.
    return found if sum(found.values()) > 0 else dict(usual)


def listed(
    session: Session,
    weights: Mapping[str, float] | None = None,
    projects: Sequence[Project] | None = None,
) -> list[Standing]:
    """The themes that the address asks for, as the person sees them, the most recurring first."""
    asked = asked_for()
    weights = weights or asked_weights(weighting.weights_of(weighting.in_force(session)))
    rows = standing.standings(
        session,
        catalogue.themes(session, by=actor()),
        by=actor(),
        today=now().date(),
        weights=weights,
        over=asked.over,
        projects=projects,
    )
    return [row for row in rows if asked.admits(row)]


def choices_of(projects: Sequence[Project]) -> dict[str, list[tuple[str, str]]]:
    """What the list can be narrowed to: what there is among the closed projects."""
    departments = {
        (str(project.department_id or 0), standing.department_of(project)) for project in projects
    }
    years = sorted({str(p.closed_on.year) for p in projects if p.closed_on}, reverse=True)
    types = sorted({project.type for project in projects if project.type})
    return {
        "department": [("", "all"), *sorted(departments, key=lambda pair: pair[1])],
        "type": [("", "all"), *((type_, type_.capitalize()) for type_ in types)],
        "since": [("", "any year"), *((year, year) for year in years)],
        "until": [("", "any year"), *((year, year) for year in years)],
        "verdict": [("", "any"), *((str(one), str(one).capitalize()) for one in Verdict)],
    }
