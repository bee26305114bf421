"""The pages of issues: all of them in a list, one of them, and the form."""

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import HiddenField, StringField, TextAreaField
from wtforms.validators import Length

from content import activity, issues, projects
from content.access import Action, can, require
from content.db import now
from content.errors import Conflict, Invalid
from content.issues import IssueFilter
from content.models import CATEGORIES, Issue, IssueStatus, Project, Severity
from portal import forms
from portal.auth import actor, allowed
from portal.db import reading, writing
from portal.html import toast
from portal.paging import Page

bp = Blueprint("issues", __name__, url_prefix="/issues")
Answer = str | Response | tuple[str, int]


class IssueForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """One issue."""

    title = StringField("What is wrong?", [Length(max=issues.TITLE_MOST)])
    description = TextAreaField("Say more")
    category = forms.select("Category", CATEGORIES)
    severity = forms.select("Severity", Severity)
    status = forms.select("Status", IssueStatus, "open")
    raised_on = forms.day("Raised on")
    closed_on = forms.day("Closed on")
    resolution = TextAreaField("How was it solved?")
    cost = forms.amount("Cost", forms.MONEY_MOST)
    days = forms.amount("Days lost", forms.DAYS_MOST)
    version = HiddenField()

    def values(self) -> dict[str, Any]:
        """The fields as the verbs take them: the empty choice is None."""
        found = {name: self[name].data for name in issues.FIELDS}
        found["category"] = found["category"] or None
        known = found["severity"] in set(Severity)
        found["severity"] = Severity(found["severity"]) if known else None
        known = found["status"] in set(IssueStatus)
        found["status"] = IssueStatus(found["status"]) if known else IssueStatus.open
        return found


@bp.get("/")
@allowed(Action.issue_read)
def index() -> str:
    """The issues of all projects, narrowed, newest first."""
    wanted = asked_for()
    page = Page.asked()
    rows, total = issues.listing(reading(), wanted, by=actor(), offset=page.offset, limit=page.size)
    choices = {
        "status": forms.choices(IssueStatus, "any status"),
        "severity": forms.choices(Severity, "any severity"),
        "category": forms.choices(CATEGORIES, "any category"),
    }
    return render_template(
        "issues/index.html", rows=rows, page=page.of(total), wanted=wanted, choices=choices
    )


def asked_for() -> IssueFilter:
    """What the address narrows the list to."""
    args = request.args
    status, severity = args.get("status"), args.get("severity")
    return IssueFilter(
        text=args.get("text", "").strip()[:200],
        status=status if status in set(IssueStatus) else None,
        severity=severity if severity in set(Severity) else None,
        category=args.get("category"),
        import_id=args.get("import", type=int) if can(actor(), Action.lesson_import) else None,
    )


@bp.get("/<int:issue_id>")
@allowed(Action.issue_read)
def page(issue_id: int) -> str:
    """One issue."""
    session = reading()
    issue = issues.get(session, issue_id, by=actor())
    history = activity.of(session, "issue", issue.id)
    return render_template("issues/page.html", issue=issue, history=history)


@bp.route("/new", methods=["GET", "POST"])
@allowed(Action.issue_create)
def new() -> Answer:
    """Log an issue in the project that the address names."""
    project = projects.by_code(reading(), request.args.get("project", ""), by=actor())
    form = IssueForm()
    if request.method == "GET":
        form.raised_on.data = now().date()
        return _form_page(form, project, None)
    if not form.validate():
        return _form_page(form, project, None, 400)
    try:
        with writing() as unit:
            issue = issues.create(unit, project.id, form.values(), by=actor(), at=now())
    except Invalid as error:
        forms.take_back(form, error)
        return _form_page(form, project, None, 400)
    toast("Logged.")
    return redirect(url_for("issues.page", issue_id=issue.id))


@bp.route("/<int:issue_id>/edit", methods=["GET", "POST"])
@allowed(Action.issue_edit)
def edit(issue_id: int) -> Answer:
    """Change an issue, or close it."""
    issue = issues.get(reading(), issue_id, by=actor())
    require(actor(), Action.issue_edit, issue)
    form = IssueForm(obj=issue)
    if request.method == "GET":
        form.version.data = str(issue.version)
        return _form_page(form, issue.project, issue)
    if not form.validate():
        return _form_page(form, issue.project, issue, 400)
    version = forms.number(form.version.data)
    try:
        with writing() as unit:
            row = issues.get(unit, issue_id, by=actor())
            issues.edit(unit, row, form.values(), by=actor(), at=now(), version=version)
    except (Invalid, Conflict) as error:
        return _refused(form, issue_id, error)
    toast("Saved.")
    return redirect(url_for("issues.page", issue_id=issue_id))


def _refused(form: IssueForm, issue_id: int, error: Invalid | Conflict) -> Answer:
    issue = issues.get(reading(), issue_id, by=actor())
    if isinstance(error, Invalid):
        forms.take_back(form, error)
        return _form_page(form, issue.project, issue, 400)
    form.form_errors.append(error.message)
    form.version.data = str(issue.version)
    return _form_page(form, issue.project, issue, 409)


def _form_page(form: IssueForm, project: Project, issue: Issue | None, status: int = 200) -> Answer:
    page = render_template("issues/form.html", form=form, project=project, issue=issue)
    return page, status
