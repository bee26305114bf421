"""Departments, for administrators: make, rename, remove."""

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from content import departments
from content.access import Action
from content.db import now
from content.errors import Conflict, Invalid
from portal.auth import actor, allowed
from portal.db import reading, writing
from portal.html import toast

bp = Blueprint("departments", __name__, url_prefix="/admin/departments")
Answer = str | Response | tuple[str, int]


@bp.get("/")
@allowed(Action.people_manage)
def index() -> Answer:
    """All departments with what belongs to them, and room for a new one."""
    return _page()


def _page(error: Invalid | None = None, at: int = 0) -> Answer:
    """The page; `at` is the department whose names cannot be taken, 0 the new one."""
    rows = departments.listing(reading(), by=actor())
    shown = render_template("admin/departments.html", rows=rows, error=error, at=at)
    return shown, 400 if error else 200


@bp.post("/")
@allowed(Action.people_manage)
def add() -> Answer:
    """Make a department."""
    try:
        with writing() as unit:
            made = departments.add(unit, **_names(), by=actor(), at=now())
    except Invalid as error:
        return _page(error)
    toast(f"{made.name} is a department now.")
    return redirect(url_for("departments.index"))


@bp.post("/<int:department_id>")
@allowed(Action.people_manage)
def rename(department_id: int) -> Answer:
    """Give a department another code or name."""
    try:
        with writing() as unit:
            row = departments.get(unit, department_id, by=actor())
            departments.rename(unit, row, **_names(), by=actor(), at=now())
    except Invalid as error:
        return _page(error, department_id)
    toast("Saved. The search follows in a minute.")
    return redirect(url_for("departments.index"))


@bp.post("/<int:department_id>/remove")
@allowed(Action.people_manage)
def remove(department_id: int) -> Answer:
    """Remove a department to which nothing belongs."""
    try:
        with writing() as unit:
            row = departments.get(unit, department_id, by=actor())
            name = row.name
            departments.remove(unit, row, by=actor(), at=now())
    except Conflict as error:
        toast(error.message, kind="error")
    else:
        toast(f"{name} is removed.")
    return redirect(url_for("departments.index"))


def _names() -> dict[str, str]:
    return {name: request.form.get(name, "") for name in ("code", "name")}
