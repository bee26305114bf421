"""The phases of a project and the gates between them."""

from collections.abc import Mapping
from datetime import date, datetime

from sqlalchemy.orm import Session

from content import activity, jobs
from content.access import Action, require
from content.db import now
from content.errors import Conflict, Invalid
from content.models import Phase, Project, ProjectPhase, ProjectState
from content.projects import PACK_JOB, record
from content.types import Actor


def set_phases(
    session: Session,
    project: Project,
    dates: Mapping[Phase, tuple[date | None, date | None]],
    *,
    by: Actor,
    at: datetime,
) -> None:
    """Set the dates of the phases.

    Raises:
        Invalid: a phase ends before it starts.
    """
    require(by, Action.project_edit, project)
    for phase in project.phases:
        if phase.name not in dates:
            continue
        starts, ends = dates[phase.name]
        if starts and ends and ends < starts:
            message = f"The phase {phase.name} cannot end before it starts."
            raise Invalid(message, {f"{phase.name}_ends_on": message})
        phase.starts_on, phase.ends_on = starts, ends
    project.updated_at = at
    record(session, project, "set phases", by=by, at=at)


def present_phase(project: Project, today: date | None = None) -> ProjectPhase | None:
    """The phase that the project is in; None when its last gate is passed.

    Gates decide. Where none was ever passed, the dates of the phases do.
    """
    if any(phase.passed_on for phase in project.phases):
        return next((phase for phase in project.phases if phase.passed_on is None), None)
    today = today or now().date()
    begun = [phase for phase in project.phases if phase.starts_on and phase.starts_on <= today]
    return begun[-1] if begun else next(iter(project.phases), None)


def pass_gate(
    session: Session,
    project: Project,
    *,
    on: date,
    by: Actor,
    at: datetime,
    of: Phase | None = None,
) -> ProjectPhase:
    """End the present phase; answers the phase that was ended.

    `of` is the phase whose gate was looked at.

    Raises:
        Conflict: the project is closed, its last gate is passed, or it is in another phase by now.
    """
    require(by, Action.project_edit, project)
    phase = present_phase(project, at.date())
    if project.state is ProjectState.closed or phase is None:
        raise Conflict("There is no gate left to pass.")
    if of is not None and of is not phase.name:
        raise Conflict(f"The project is in {phase.name} by now: the gate of {of} was not passed.")
    for earlier in project.phases:
        if earlier.position <= phase.position and earlier.passed_on is None:
            earlier.passed_on = on
    _note_gate(session, project, "pass gate", phase, by=by, at=at)
    return phase


def take_gate_back(
    session: Session, project: Project, *, by: Actor, at: datetime
) -> ProjectPhase | None:
    """Take the gate that was passed last back; answers its phase."""
    require(by, Action.project_edit, project)
    passed = [phase for phase in project.phases if phase.passed_on is not None]
    if not passed:
        return None
    passed[-1].passed_on = None
    _note_gate(session, project, "take gate back", passed[-1], by=by, at=at)
    return passed[-1]


def _note_gate(
    session: Session, project: Project, verb: str, phase: ProjectPhase, *, by: Actor, at: datetime
) -> None:
    project.updated_at = at
    session.flush()
    activity.record(
        session, "project", project.id, verb, by=by, at=at, detail={"phase": phase.name.value}
    )
    jobs.enqueue(session, PACK_JOB, {"project": project.id}, by=by, at=at)
