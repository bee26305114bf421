"""The library of standard templates: browsing, downloading, publishing versions."""

from io import BytesIO
from typing import Any

from flask import Blueprint, redirect, render_template, request, send_file, url_for
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import FileField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from analytics import answers
from content import activity, library
from content.access import Action
from content.db import now
from content.documents import FORMATS, Outline, outline, safe_name
from content.errors import Conflict, Invalid, Refused
from content.library import TemplateFilter
from content.models import Phase, StoredFile, Template
from portal import forms, uploads
from portal.auth import actor, allowed
from portal.cache import cached
from portal.db import reading, runtime, writing
from portal.html import toast

bp = Blueprint("library", __name__, url_prefix="/library")
Answer = str | Response | tuple[str, int]


class AboutForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """What the library says of a template."""

    title = StringField("Title", [InputRequired("Give it a title."), Length(max=200)])
    summary = StringField(
        "What it is for", [InputRequired("Say it in a sentence."), Length(max=500)]
    )
    when_to_use = TextAreaField("When to use it", [Length(max=5_000)])
    kind = forms.select("Kind", library.KINDS)
    phase = forms.select("Phase", Phase)

    def values(self) -> dict[str, Any]:
        """The fields as the verbs take them."""
        return {name: self[name].data or "" for name in library.FIELDS}


class NewForm(AboutForm):
    """A new template with its file."""

    file = FileField("File")


class VersionForm(FlaskForm):  # type: ignore[misc]
    """A new version of a template."""

    file = FileField("File")
    change_note = StringField(
        "What changed", [InputRequired("Say what changed, in a sentence."), Length(max=500)]
    )


# Browsing -------------------------------------------------------------------------------------


@bp.get("/")
@allowed(Action.template_read)
def index() -> str:
    """The templates by phase, or narrowed."""
    wanted = asked_for()
    rows = library.listing(reading(), wanted, by=actor())
    choices = {
        "phase": forms.choices(Phase, "any phase"),
        "kind": forms.choices(library.KINDS, "any kind"),
    }
    by_phase = [(phase, [row for row in rows if row.phase is phase]) for phase in (*Phase, None)]
    return render_template(
        "library/index.html",
        groups=[(phase, found) for phase, found in by_phase if found],
        total=len(rows),
        wanted=wanted,
        choices=choices,
        formats=FORMATS,
    )


def asked_for() -> TemplateFilter:
    """What the address narrows the list to."""
    args = request.args
    phase = args.get("phase", "")
    return TemplateFilter(
        text=args.get("text", "").strip()[:200],
        phase=Phase(phase) if phase in set(Phase) else None,
        kind=args.get("kind") or None,
    )


@bp.get("/<slug>")
@allowed(Action.template_read)
def page(slug: str) -> str:
    """One template: what it is for, what is in it, its versions."""
    session = reading()
    template = library.get(session, slug, by=actor())
    newest = library.version(template)
    return render_template(
        "library/page.html",
        template=template,
        newest=newest,
        outline=_outline(newest.file),
        formats=FORMATS,
        answered=answers.of_template(session, template, by=actor()),
        history=activity.of(session, "template", template.id, limit=20),
    )


def _outline(file: StoredFile) -> Outline | None:
    """What is in the file; a file that is missing must not take its page down."""
    store, format, sha256 = runtime().files, file.format, file.sha256

    def look() -> Outline:
        return outline(store.read(sha256), format)

    try:
        return cached(("outline", sha256), look)
    except Refused:
        return None


@bp.get("/<slug>/download")
@allowed(Action.template_read)
def download(slug: str) -> Response:
    """The file of the version in force, or of the one that the address names."""
    template = library.get(reading(), slug, by=actor())
    row = library.version(template, request.args.get("version", type=int))
    data = runtime().files.read(row.file.sha256)
    newest = row is template.versions[0]
    title = template.title if newest else f"{template.title} (version {row.number})"
    return send_file(
        BytesIO(data),
        mimetype=row.file.media_type,
        as_attachment=True,
        download_name=safe_name(title, row.file.format),
    )


# Publishing -----------------------------------------------------------------------------------


@bp.route("/new", methods=["GET", "POST"])
@allowed(Action.template_write)
def new() -> Answer:
    """A new template with its first version."""
    form = NewForm()
    if not form.validate_on_submit():
        return render_template("library/new.html", form=form), 400 if form.errors else 200
    try:
        upload = uploads.take(form.file.data)
        with writing() as unit:
            file = uploads.register(unit, upload)
            template = library.create(unit, form.values(), file, by=actor(), at=now())
    except Refused as error:
        form.file.errors = [error.message]
        return render_template("library/new.html", form=form), 400
    except (Invalid, Conflict) as error:
        forms.take_back(form, error if isinstance(error, Invalid) else Invalid(error.message))
        return render_template("library/new.html", form=form), 400
    toast(f"“{template.title}” is in the library.")
    return redirect(url_for("library.page", slug=template.slug))


@bp.route("/<slug>/version", methods=["GET", "POST"])
@allowed(Action.template_write)
def new_version(slug: str) -> Answer:
    """Upload a new version with a note of what changed."""
    template = library.get(reading(), slug, by=actor())
    form = VersionForm()
    if not form.validate_on_submit():
        return _version_page(form, template, 400 if form.errors else 200)
    try:
        upload = uploads.take(form.file.data)
        with writing() as unit:
            file = uploads.register(unit, upload)
            row = library.publish(
                unit,
                library.get(unit, slug, by=actor()),
                file,
                change_note=form.change_note.data,
                by=actor(),
                at=now(),
            )
    except (Refused, Conflict) as error:
        form.file.errors = [error.message]
        return _version_page(form, library.get(reading(), slug, by=actor()), 400)
    toast(f"Version {row.number} is in force. The older ones stay below.")
    return redirect(url_for("library.page", slug=slug))


def _version_page(form: VersionForm, template: Template, status: int) -> Answer:
    return render_template("library/version.html", form=form, template=template), status


@bp.route("/<slug>/edit", methods=["GET", "POST"])
@allowed(Action.template_write)
def edit(slug: str) -> Answer:
    """Change what the library says of a template."""
    template = library.get(reading(), slug, by=actor())
    form = AboutForm(obj=template)
    if not form.validate_on_submit():
        page = render_template("library/edit.html", form=form, template=template)
        return page, 400 if form.errors else 200
    with writing() as unit:
        found = library.get(unit, slug, by=actor())
        library.edit(unit, found, form.values(), by=actor(), at=now())
    toast("Saved.")
    return redirect(url_for("library.page", slug=slug))


@bp.post("/<slug>/<any('retire','restore'):step>")
@allowed(Action.template_write)
def set_retired(slug: str, step: str) -> Answer:
    """Take a template out of the library, or back into it."""
    retired = step == "retire"
    with writing() as unit:
        found = library.get(unit, slug, by=actor())
        library.set_retired(unit, found, retired, by=actor(), at=now())
    back = url_for("library.set_retired", slug=slug, step="restore" if retired else "retire")
    toast("Out of the library." if retired else "Back in the library.", undo=back)
    return redirect(url_for("library.page", slug=slug))
