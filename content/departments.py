"""Departments: the parts of an organisation that own projects, lessons and people.

What people chose by a department (who may read what, maps, reviews) hangs on its row: it can be
renamed at any time, and removed only while nothing and nobody belongs to it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, ScalarSelect, func, select
from sqlalchemy.orm import Session

from content import activity, jobs
from content.access import Action, require
from content.errors import Conflict, Invalid, NotFound
from content.models import Department, Lesson, Person, Project
from content.types import Actor

NAME_MOST = 120
_CODE = re.compile(r"[A-Z0-9][A-Z0-9-]{0,19}")


@dataclass(frozen=True, slots=True)
class Belonging:
    """A department with how many people, projects and lessons belong to it."""

    department: Department
    people: int
    projects: int
    lessons: int

    @property
    def is_used(self) -> bool:
        """Whether anything belongs to it."""
        return bool(self.people or self.projects or self.lessons)


def get(session: Session, department_id: int, *, by: Actor) -> Department:
    """One department, for who keeps them.

    Raises:
        NotFound: there is none with this number.
    """
    require(by, Action.people_manage)
    department = session.get(Department, department_id)
    if department is None:
        raise NotFound("There is no department with this number.")
    return department


def listing(session: Session, *, by: Actor) -> Sequence[Belonging]:
    """All departments by name, with what belongs to them."""
    require(by, Action.people_manage)
    counts = (_count(Person), _count(Project), _count(Lesson))
    rows = session.execute(select(Department, *counts).order_by(func.lower(Department.name)))
    return [Belonging(*row) for row in rows]


def _count(table: type[Person] | type[Project] | type[Lesson]) -> ScalarSelect[int]:
    query = select(func.count()).select_from(table).where(table.department_id == Department.id)
    return query.correlate(Department).scalar_subquery()


def add(session: Session, *, code: str, name: str, by: Actor, at: datetime) -> Department:
    """Make a department.

    Raises:
        Invalid: the code or the name cannot be, or is taken.
    """
    require(by, Action.people_manage)
    code, name = _checked(session, code, name)
    department = Department(code=code, name=name)
    session.add(department)
    session.flush()
    activity.record(session, "department", department.id, "create", by=by, at=at)
    return department


def rename(
    session: Session, department: Department, *, code: str, name: str, by: Actor, at: datetime
) -> None:
    """Call a department otherwise; what belongs to it stays there.

    Raises:
        Invalid: the code or the name cannot be, or is another's.
    """
    require(by, Action.people_manage)
    code, name = _checked(session, code, name, department)
    if (code, name) == (department.code, department.name):
        return
    detail = {"before": f"{department.code} {department.name}"}
    department.code, department.name = code, name
    activity.record(session, "department", department.id, "rename", by=by, at=at, detail=detail)
    # Findings name their department, and so does the facet.
    jobs.enqueue(session, "index rebuild", by=by, at=at)


def remove(session: Session, department: Department, *, by: Actor, at: datetime) -> None:
    """Remove a department to which nothing belongs.

    Raises:
        Conflict: something belongs to it.
    """
    require(by, Action.people_manage)
    row = next(row for row in listing(session, by=by) if row.department.id == department.id)
    if row.is_used:
        raise Conflict(
            f"To {department.name} belong {row.people} people, {row.projects} projects and "
            f"{row.lessons} lessons. Move them first, or give it another name."
        )
    detail = {"before": f"{department.code} {department.name}"}
    activity.record(session, "department", department.id, "remove", by=by, at=at, detail=detail)
    session.delete(department)


def _checked(
    session: Session, code: str, name: str, mine: Department | None = None
) -> tuple[str, str]:
    code, name = code.strip().upper(), " ".join(name.split())
    problems: dict[str, str] = {}
    if not _CODE.fullmatch(code):
        problems["code"] = "Give up to 20 letters, digits and hyphens."
    elif _taken(session, func.upper(Department.code) == code, mine):
        problems["code"] = f"{code} is another department's code."
    if not 0 < len(name) <= NAME_MOST:
        problems["name"] = f"Give a name of up to {NAME_MOST} characters."
    elif _taken(session, func.lower(Department.name) == name.lower(), mine):
        problems["name"] = f"There is a department {name} already."
    if problems:
        raise Invalid("Please look at the department.", problems)
    return code, name


def _taken(session: Session, condition: ColumnElement[bool], mine: Department | None) -> bool:
    query = select(Department.id).where(condition)
    return any(found != (mine and mine.id) for found in session.scalars(query))
